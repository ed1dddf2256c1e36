# Completions of tokmeter for PowerShell. Written by scripts/completions.py; do not edit.
#
# TAB starts no program: names come out of a small file that tokmeter writes into its cache folder.
# Names are text out of logs: they are compared and quoted here, never evaluated.

Register-ArgumentCompleter -Native -CommandName tokmeter -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $firsts = [ordered]@{
        'week' = 'This week''s burn, cost and model mix; tokmeter alone'
        'day' = 'The same for one day'
        'month' = 'The same for one month'
        'year' = 'The same for one year'
        'models' = 'Which models the tokens and the cost went to'
        'projects' = 'Which projects they went to'
        'sessions' = 'The sessions of a period, the latest first'
        'session' = 'One session by its id, or the beginning of it'
        'sources' = 'The assistants whose logs are read, and what they hold'
        'anatomy' = 'Where the context went, and what was sent over and over'
        'explain' = 'From a figure back to file and line'
        'export' = 'Every entry, one a line, as JSON lines or CSV'
        'import' = 'Read histories of API calls, whatever their format'
        'reconcile' = 'A provider''s bill against list cost, and why they differ'
        'count' = 'Tokens and cost of a text or a folder, model by model'
        'audit' = 'Reported output against the text it stands beside'
        'commit' = 'What was used while making a commit'
        'log' = 'Each commit of a range, and what belongs to none'
        'sync' = 'Bring the ledger up to date'
        'reprice' = 'Compute list costs again with today''s price data'
        'prices' = 'Commands: show'
        'tokenizers' = 'How each model''s tokens are counted from text'
        'paths' = 'Where tokmeter''s files and the logs lie'
        'prompt' = 'The prepared line for a shell prompt'
        'shell' = 'Commands: init, completion'
        'statusline' = 'Claude Code''s status line: its JSON in, one line out'
        'notify' = 'What an assistant''s hook calls: sync soon'
        'git' = 'Commands: install, remove, status, hook'
        'doctor' = 'Check that all is in order, and say what to do if not'
        'help' = 'Show the guide, or the help of a command'
    }
    $periodStarts = [ordered]@{
        'today' = 'this day'
        'yesterday' = 'the day before'
        'this' = 'this week, this month …'
        'last' = 'last week, last month …'
        'week' = 'the current week'
        'month' = 'the current month'
        'year' = 'the current year'
        '7d' = 'seven days, ending with today'
        '30d' = 'thirty days, ending with today'
        'all' = 'everything in the ledger'
    }
    $topPeriods = [ordered]@{
        'today' = 'this day'
        'yesterday' = 'the day before'
        'this' = 'this week, this month …'
        'last' = 'last week, last month …'
    }
    $periodUnits = [ordered]@{
        'day' = ''
        'week' = ''
        'month' = ''
        'year' = ''
    }
    $days = [ordered]@{
        'today' = ''
        'yesterday' = ''
    }
    # Shared switches that take the next word.
    $valued = @('--since', '--until', '--source', '--project', '--model', '--format', '--home', '--as-of', '--tz', '--color')
    # First word, its second words, what they are for.
    $seconds = @{
        'prices' = [ordered]@{
            'show' = 'The unit prices of a model on a day'
        }
        'tokenizers' = [ordered]@{
            'calibrate' = 'Fit that on the counts in your own logs'
        }
        'shell' = [ordered]@{
            'init' = 'The snippet that shows it in bash, zsh, fish, PowerShell'
            'completion' = 'The completions for a shell'
        }
        'statusline' = [ordered]@{
            'install' = 'Put it into the assistant''s settings'
            'remove' = 'Take it out again'
        }
        'git' = [ordered]@{
            'install' = 'Summaries, trailers or notes at each commit'
            'remove' = 'Take the hooks out again'
            'status' = 'Which hooks are there'
            'hook' = 'What the hooks call'
        }
    }
    $topSwitches = @(
        @{ Name = '--version'; Value = ''; Help = 'Print the version.' }
        @{ Name = '-V'; Value = ''; Help = 'Print the version.' }
    )
    # What a command takes.
    $forms = @{}
    foreach ($name in 'week', 'day', 'month', 'year', 'models', 'projects', 'sessions', 'anatomy', 'audit') {
        $forms[$name] = @{
            Switches = @(
                @{ Name = '--since'; Value = 'day'; Help = 'From this day or instant on.' }
                @{ Name = '--until'; Value = 'day'; Help = 'Up to and including this day; an instant is exclusive.' }
                @{ Name = '--source'; Value = 'source'; Help = 'Only this assistant (claude-code, codex …). Repeatable.' }
                @{ Name = '--project'; Value = 'project'; Help = 'Only this project: a folder, or its name. Repeatable.' }
                @{ Name = '--model'; Value = 'model'; Help = 'Only this model; also a pattern like claude-*. Repeatable.' }
                @{ Name = '--json'; Value = ''; Help = 'One JSON document on stdout.' }
                @{ Name = '--plain'; Value = ''; Help = 'Tab-separated, raw integers.' }
                @{ Name = '--format'; Value = 'words text plain json csv md'; Help = 'How to print it.' }
                @{ Name = '--wide'; Value = ''; Help = 'More columns (the default from 120 columns on).' }
                @{ Name = '--exact'; Value = ''; Help = 'Exact token counts instead of 56.3M.' }
                @{ Name = '--no-sync'; Value = ''; Help = 'Report from the ledger as it is.' }
                @{ Name = '--demo'; Value = ''; Help = 'Show it on a small invented history instead of your logs.' }
                @{ Name = '--home'; Value = 'folder'; Help = 'Look for the assistants'' logs under DIR.' }
                @{ Name = '--as-of'; Value = 'none'; Help = 'Take this as now: 2026-11-21 (its end) or 2026-11-21T17:00.' }
                @{ Name = '--tz'; Value = 'none'; Help = 'Cut days and weeks in this time zone, e.g. Europe/Berlin.' }
                @{ Name = '--color'; Value = 'words auto always never'; Help = 'Colour on stdout.' }
                @{ Name = '--quiet'; Value = ''; Help = 'Say nothing on stderr but errors.' }
                @{ Name = '-q'; Value = ''; Help = 'Say nothing on stderr but errors.' }
                @{ Name = '--verbose'; Value = ''; Help = 'Say more.' }
                @{ Name = '-v'; Value = ''; Help = 'Say more.' }
                @{ Name = '--help'; Value = ''; Help = 'Show the help of this command.' }
                @{ Name = '-h'; Value = ''; Help = 'Show the help of this command.' }
            )
            Arguments = @('+period')
        }
    }
    foreach ($name in 'session') {
        $forms[$name] = @{
            Switches = @(
                @{ Name = '--json'; Value = ''; Help = 'One JSON document on stdout.' }
                @{ Name = '--plain'; Value = ''; Help = 'Tab-separated, raw integers.' }
                @{ Name = '--format'; Value = 'words text plain json csv md'; Help = 'How to print it.' }
                @{ Name = '--wide'; Value = ''; Help = 'More columns (the default from 120 columns on).' }
                @{ Name = '--exact'; Value = ''; Help = 'Exact token counts instead of 56.3M.' }
                @{ Name = '--no-sync'; Value = ''; Help = 'Report from the ledger as it is.' }
                @{ Name = '--demo'; Value = ''; Help = 'Show it on a small invented history instead of your logs.' }
                @{ Name = '--home'; Value = 'folder'; Help = 'Look for the assistants'' logs under DIR.' }
                @{ Name = '--as-of'; Value = 'none'; Help = 'Take this as now: 2026-11-21 (its end) or 2026-11-21T17:00.' }
                @{ Name = '--tz'; Value = 'none'; Help = 'Cut days and weeks in this time zone, e.g. Europe/Berlin.' }
                @{ Name = '--color'; Value = 'words auto always never'; Help = 'Colour on stdout.' }
                @{ Name = '--quiet'; Value = ''; Help = 'Say nothing on stderr but errors.' }
                @{ Name = '-q'; Value = ''; Help = 'Say nothing on stderr but errors.' }
                @{ Name = '--verbose'; Value = ''; Help = 'Say more.' }
                @{ Name = '-v'; Value = ''; Help = 'Say more.' }
                @{ Name = '--help'; Value = ''; Help = 'Show the help of this command.' }
                @{ Name = '-h'; Value = ''; Help = 'Show the help of this command.' }
            )
            Arguments = @('session')
        }
    }
    foreach ($name in 'sources', 'tokenizers', 'tokenizers calibrate') {
        $forms[$name] = @{
            Switches = @(
                @{ Name = '--json'; Value = ''; Help = 'One JSON document on stdout.' }
                @{ Name = '--plain'; Value = ''; Help = 'Tab-separated, raw integers.' }
                @{ Name = '--format'; Value = 'words text plain json csv md'; Help = 'How to print it.' }
                @{ Name = '--wide'; Value = ''; Help = 'More columns (the default from 120 columns on).' }
                @{ Name = '--exact'; Value = ''; Help = 'Exact token counts instead of 56.3M.' }
                @{ Name = '--no-sync'; Value = ''; Help = 'Report from the ledger as it is.' }
                @{ Name = '--demo'; Value = ''; Help = 'Show it on a small invented history instead of your logs.' }
                @{ Name = '--home'; Value = 'folder'; Help = 'Look for the assistants'' logs under DIR.' }
                @{ Name = '--as-of'; Value = 'none'; Help = 'Take this as now: 2026-11-21 (its end) or 2026-11-21T17:00.' }
                @{ Name = '--tz'; Value = 'none'; Help = 'Cut days and weeks in this time zone, e.g. Europe/Berlin.' }
                @{ Name = '--color'; Value = 'words auto always never'; Help = 'Colour on stdout.' }
                @{ Name = '--quiet'; Value = ''; Help = 'Say nothing on stderr but errors.' }
                @{ Name = '-q'; Value = ''; Help = 'Say nothing on stderr but errors.' }
                @{ Name = '--verbose'; Value = ''; Help = 'Say more.' }
                @{ Name = '-v'; Value = ''; Help = 'Say more.' }
                @{ Name = '--help'; Value = ''; Help = 'Show the help of this command.' }
                @{ Name = '-h'; Value = ''; Help = 'Show the help of this command.' }
            )
            Arguments = @()
        }
    }
    foreach ($name in 'explain') {
        $forms[$name] = @{
            Switches = @(
                @{ Name = '--since'; Value = 'day'; Help = 'From this day or instant on.' }
                @{ Name = '--until'; Value = 'day'; Help = 'Up to and including this day; an instant is exclusive.' }
                @{ Name = '--source'; Value = 'source'; Help = 'Only this assistant (claude-code, codex …). Repeatable.' }
                @{ Name = '--project'; Value = 'project'; Help = 'Only this project: a folder, or its name. Repeatable.' }
                @{ Name = '--model'; Value = 'model'; Help = 'Only this model; also a pattern like claude-*. Repeatable.' }
                @{ Name = '--json'; Value = ''; Help = 'One JSON document on stdout.' }
                @{ Name = '--plain'; Value = ''; Help = 'Tab-separated, raw integers.' }
                @{ Name = '--format'; Value = 'words text plain json csv md'; Help = 'How to print it.' }
                @{ Name = '--wide'; Value = ''; Help = 'More columns (the default from 120 columns on).' }
                @{ Name = '--exact'; Value = ''; Help = 'Exact token counts instead of 56.3M.' }
                @{ Name = '--no-sync'; Value = ''; Help = 'Report from the ledger as it is.' }
                @{ Name = '--demo'; Value = ''; Help = 'Show it on a small invented history instead of your logs.' }
                @{ Name = '--home'; Value = 'folder'; Help = 'Look for the assistants'' logs under DIR.' }
                @{ Name = '--as-of'; Value = 'none'; Help = 'Take this as now: 2026-11-21 (its end) or 2026-11-21T17:00.' }
                @{ Name = '--tz'; Value = 'none'; Help = 'Cut days and weeks in this time zone, e.g. Europe/Berlin.' }
                @{ Name = '--color'; Value = 'words auto always never'; Help = 'Colour on stdout.' }
                @{ Name = '--quiet'; Value = ''; Help = 'Say nothing on stderr but errors.' }
                @{ Name = '-q'; Value = ''; Help = 'Say nothing on stderr but errors.' }
                @{ Name = '--verbose'; Value = ''; Help = 'Say more.' }
                @{ Name = '-v'; Value = ''; Help = 'Say more.' }
                @{ Name = '--help'; Value = ''; Help = 'Show the help of this command.' }
                @{ Name = '-h'; Value = ''; Help = 'Show the help of this command.' }
            )
            Arguments = @('+subject estimates partial unpriced forks nameless')
        }
    }
    foreach ($name in 'export') {
        $forms[$name] = @{
            Switches = @(
                @{ Name = '--format'; Value = 'words jsonl csv'; Help = 'One JSON object or one CSV row a line.' }
                @{ Name = '--output'; Value = 'file'; Help = 'Write to FILE, not stdout.' }
                @{ Name = '-o'; Value = 'file'; Help = 'Write to FILE, not stdout.' }
                @{ Name = '--json'; Value = ''; Help = 'The same as --format jsonl.' }
                @{ Name = '--since'; Value = 'day'; Help = 'From this day or instant on.' }
                @{ Name = '--until'; Value = 'day'; Help = 'Up to and including this day; an instant is exclusive.' }
                @{ Name = '--source'; Value = 'source'; Help = 'Only this assistant (claude-code, codex …). Repeatable.' }
                @{ Name = '--project'; Value = 'project'; Help = 'Only this project: a folder, or its name. Repeatable.' }
                @{ Name = '--model'; Value = 'model'; Help = 'Only this model; also a pattern like claude-*. Repeatable.' }
                @{ Name = '--no-sync'; Value = ''; Help = 'Report from the ledger as it is.' }
                @{ Name = '--demo'; Value = ''; Help = 'Show it on a small invented history instead of your logs.' }
                @{ Name = '--home'; Value = 'folder'; Help = 'Look for the assistants'' logs under DIR.' }
                @{ Name = '--as-of'; Value = 'none'; Help = 'Take this as now: 2026-11-21 (its end) or 2026-11-21T17:00.' }
                @{ Name = '--tz'; Value = 'none'; Help = 'Cut days and weeks in this time zone, e.g. Europe/Berlin.' }
                @{ Name = '--color'; Value = 'words auto always never'; Help = 'Colour on stdout.' }
                @{ Name = '--quiet'; Value = ''; Help = 'Say nothing on stderr but errors.' }
                @{ Name = '-q'; Value = ''; Help = 'Say nothing on stderr but errors.' }
                @{ Name = '--verbose'; Value = ''; Help = 'Say more.' }
                @{ Name = '-v'; Value = ''; Help = 'Say more.' }
                @{ Name = '--help'; Value = ''; Help = 'Show the help of this command.' }
                @{ Name = '-h'; Value = ''; Help = 'Show the help of this command.' }
            )
            Arguments = @()
        }
    }
    foreach ($name in 'import') {
        $forms[$name] = @{
            Switches = @(
                @{ Name = '--format'; Value = 'none'; Help = 'Read it as this format, whatever it looks like.' }
                @{ Name = '--map'; Value = 'none'; Help = 'A CSV''s columns: ts=Date,model=Model,in=In,out=Out,cost=USD.' }
                @{ Name = '--dry-run'; Value = ''; Help = 'Say what an import would do, and keep nothing.' }
                @{ Name = '-n'; Value = ''; Help = 'Say what an import would do, and keep nothing.' }
                @{ Name = '--json'; Value = ''; Help = 'One JSON document on stdout.' }
                @{ Name = '--home'; Value = 'folder'; Help = 'Look for the assistants'' logs under DIR.' }
                @{ Name = '--as-of'; Value = 'none'; Help = 'Take this as now: 2026-11-21 (its end) or 2026-11-21T17:00.' }
                @{ Name = '--tz'; Value = 'none'; Help = 'Cut days and weeks in this time zone, e.g. Europe/Berlin.' }
                @{ Name = '--color'; Value = 'words auto always never'; Help = 'Colour on stdout.' }
                @{ Name = '--quiet'; Value = ''; Help = 'Say nothing on stderr but errors.' }
                @{ Name = '-q'; Value = ''; Help = 'Say nothing on stderr but errors.' }
                @{ Name = '--verbose'; Value = ''; Help = 'Say more.' }
                @{ Name = '-v'; Value = ''; Help = 'Say more.' }
                @{ Name = '--help'; Value = ''; Help = 'Show the help of this command.' }
                @{ Name = '-h'; Value = ''; Help = 'Show the help of this command.' }
            )
            Arguments = @('+none')
        }
    }
    foreach ($name in 'reconcile') {
        $forms[$name] = @{
            Switches = @(
                @{ Name = '--statement'; Value = 'file'; Help = 'Also this statement, without keeping it in the ledger.' }
                @{ Name = '--check'; Value = ''; Help = 'Exit with 3 unless bill and list cost agree within the tolerance.' }
                @{ Name = '--tolerance'; Value = 'none'; Help = 'The part of the bill by which they may differ.' }
                @{ Name = '--since'; Value = 'day'; Help = 'From this day or instant on.' }
                @{ Name = '--until'; Value = 'day'; Help = 'Up to and including this day; an instant is exclusive.' }
                @{ Name = '--source'; Value = 'source'; Help = 'Only this assistant (claude-code, codex …). Repeatable.' }
                @{ Name = '--project'; Value = 'project'; Help = 'Only this project: a folder, or its name. Repeatable.' }
                @{ Name = '--model'; Value = 'model'; Help = 'Only this model; also a pattern like claude-*. Repeatable.' }
                @{ Name = '--json'; Value = ''; Help = 'One JSON document on stdout.' }
                @{ Name = '--plain'; Value = ''; Help = 'Tab-separated, raw integers.' }
                @{ Name = '--format'; Value = 'words text plain json csv md'; Help = 'How to print it.' }
                @{ Name = '--wide'; Value = ''; Help = 'More columns (the default from 120 columns on).' }
                @{ Name = '--exact'; Value = ''; Help = 'Exact token counts instead of 56.3M.' }
                @{ Name = '--no-sync'; Value = ''; Help = 'Report from the ledger as it is.' }
                @{ Name = '--home'; Value = 'folder'; Help = 'Look for the assistants'' logs under DIR.' }
                @{ Name = '--as-of'; Value = 'none'; Help = 'Take this as now: 2026-11-21 (its end) or 2026-11-21T17:00.' }
                @{ Name = '--tz'; Value = 'none'; Help = 'Cut days and weeks in this time zone, e.g. Europe/Berlin.' }
                @{ Name = '--color'; Value = 'words auto always never'; Help = 'Colour on stdout.' }
                @{ Name = '--quiet'; Value = ''; Help = 'Say nothing on stderr but errors.' }
                @{ Name = '-q'; Value = ''; Help = 'Say nothing on stderr but errors.' }
                @{ Name = '--verbose'; Value = ''; Help = 'Say more.' }
                @{ Name = '-v'; Value = ''; Help = 'Say more.' }
                @{ Name = '--help'; Value = ''; Help = 'Show the help of this command.' }
                @{ Name = '-h'; Value = ''; Help = 'Show the help of this command.' }
            )
            Arguments = @('+period')
        }
    }
    foreach ($name in 'count') {
        $forms[$name] = @{
            Switches = @(
                @{ Name = '--model'; Value = 'model'; Help = 'Count for this model, not for your own. Repeatable.' }
                @{ Name = '-m'; Value = 'model'; Help = 'Count for this model, not for your own. Repeatable.' }
                @{ Name = '--tokenizer'; Value = 'file'; Help = 'Count by this tokenizer.json as well.' }
                @{ Name = '--files'; Value = ''; Help = 'A row for every file, the largest first.' }
                @{ Name = '--no-ignore'; Value = ''; Help = 'Also count what git ignores.' }
                @{ Name = '--json'; Value = ''; Help = 'One JSON document on stdout.' }
                @{ Name = '--plain'; Value = ''; Help = 'Tab-separated, raw integers.' }
                @{ Name = '--format'; Value = 'words text plain json csv md'; Help = 'How to print it.' }
                @{ Name = '--wide'; Value = ''; Help = 'More columns (the default from 120 columns on).' }
                @{ Name = '--exact'; Value = ''; Help = 'Exact token counts instead of 56.3M.' }
                @{ Name = '--home'; Value = 'folder'; Help = 'Look for the assistants'' logs under DIR.' }
                @{ Name = '--as-of'; Value = 'none'; Help = 'Take this as now: 2026-11-21 (its end) or 2026-11-21T17:00.' }
                @{ Name = '--tz'; Value = 'none'; Help = 'Cut days and weeks in this time zone, e.g. Europe/Berlin.' }
                @{ Name = '--color'; Value = 'words auto always never'; Help = 'Colour on stdout.' }
                @{ Name = '--quiet'; Value = ''; Help = 'Say nothing on stderr but errors.' }
                @{ Name = '-q'; Value = ''; Help = 'Say nothing on stderr but errors.' }
                @{ Name = '--verbose'; Value = ''; Help = 'Say more.' }
                @{ Name = '-v'; Value = ''; Help = 'Say more.' }
                @{ Name = '--help'; Value = ''; Help = 'Show the help of this command.' }
                @{ Name = '-h'; Value = ''; Help = 'Show the help of this command.' }
            )
            Arguments = @('+none')
        }
    }
    foreach ($name in 'commit') {
        $forms[$name] = @{
            Switches = @(
                @{ Name = '--pending'; Value = ''; Help = 'What has been used since the last commit.' }
                @{ Name = '--source'; Value = 'source'; Help = 'Only this assistant (claude-code, codex …). Repeatable.' }
                @{ Name = '-C'; Value = 'folder'; Help = 'The repository that holds DIR, instead of this folder''s.' }
                @{ Name = '--json'; Value = ''; Help = 'One JSON document on stdout.' }
                @{ Name = '--plain'; Value = ''; Help = 'Tab-separated, raw integers.' }
                @{ Name = '--format'; Value = 'words text plain json csv md'; Help = 'How to print it.' }
                @{ Name = '--wide'; Value = ''; Help = 'More columns (the default from 120 columns on).' }
                @{ Name = '--exact'; Value = ''; Help = 'Exact token counts instead of 56.3M.' }
                @{ Name = '--no-sync'; Value = ''; Help = 'Report from the ledger as it is.' }
                @{ Name = '--home'; Value = 'folder'; Help = 'Look for the assistants'' logs under DIR.' }
                @{ Name = '--as-of'; Value = 'none'; Help = 'Take this as now: 2026-11-21 (its end) or 2026-11-21T17:00.' }
                @{ Name = '--tz'; Value = 'none'; Help = 'Cut days and weeks in this time zone, e.g. Europe/Berlin.' }
                @{ Name = '--color'; Value = 'words auto always never'; Help = 'Colour on stdout.' }
                @{ Name = '--quiet'; Value = ''; Help = 'Say nothing on stderr but errors.' }
                @{ Name = '-q'; Value = ''; Help = 'Say nothing on stderr but errors.' }
                @{ Name = '--verbose'; Value = ''; Help = 'Say more.' }
                @{ Name = '-v'; Value = ''; Help = 'Say more.' }
                @{ Name = '--help'; Value = ''; Help = 'Show the help of this command.' }
                @{ Name = '-h'; Value = ''; Help = 'Show the help of this command.' }
            )
            Arguments = @('words HEAD')
        }
    }
    foreach ($name in 'log') {
        $forms[$name] = @{
            Switches = @(
                @{ Name = '--limit'; Value = 'none'; Help = 'At most this many commits (20 where nothing ends the list).' }
                @{ Name = '-n'; Value = 'none'; Help = 'At most this many commits (20 where nothing ends the list).' }
                @{ Name = '--source'; Value = 'source'; Help = 'Only this assistant (claude-code, codex …). Repeatable.' }
                @{ Name = '-C'; Value = 'folder'; Help = 'The repository that holds DIR, instead of this folder''s.' }
                @{ Name = '--since'; Value = 'day'; Help = 'From this day or instant on.' }
                @{ Name = '--until'; Value = 'day'; Help = 'Up to and including this day; an instant is exclusive.' }
                @{ Name = '--json'; Value = ''; Help = 'One JSON document on stdout.' }
                @{ Name = '--plain'; Value = ''; Help = 'Tab-separated, raw integers.' }
                @{ Name = '--format'; Value = 'words text plain json csv md'; Help = 'How to print it.' }
                @{ Name = '--wide'; Value = ''; Help = 'More columns (the default from 120 columns on).' }
                @{ Name = '--exact'; Value = ''; Help = 'Exact token counts instead of 56.3M.' }
                @{ Name = '--no-sync'; Value = ''; Help = 'Report from the ledger as it is.' }
                @{ Name = '--home'; Value = 'folder'; Help = 'Look for the assistants'' logs under DIR.' }
                @{ Name = '--as-of'; Value = 'none'; Help = 'Take this as now: 2026-11-21 (its end) or 2026-11-21T17:00.' }
                @{ Name = '--tz'; Value = 'none'; Help = 'Cut days and weeks in this time zone, e.g. Europe/Berlin.' }
                @{ Name = '--color'; Value = 'words auto always never'; Help = 'Colour on stdout.' }
                @{ Name = '--quiet'; Value = ''; Help = 'Say nothing on stderr but errors.' }
                @{ Name = '-q'; Value = ''; Help = 'Say nothing on stderr but errors.' }
                @{ Name = '--verbose'; Value = ''; Help = 'Say more.' }
                @{ Name = '-v'; Value = ''; Help = 'Say more.' }
                @{ Name = '--help'; Value = ''; Help = 'Show the help of this command.' }
                @{ Name = '-h'; Value = ''; Help = 'Show the help of this command.' }
            )
            Arguments = @('words HEAD')
        }
    }
    foreach ($name in 'sync') {
        $forms[$name] = @{
            Switches = @(
                @{ Name = '--verify'; Value = ''; Help = 'Look into every log, also those that seem unchanged.' }
                @{ Name = '--background'; Value = ''; Help = 'As prompts start it: without a word, and always with exit status 0.' }
                @{ Name = '--json'; Value = ''; Help = 'One JSON document on stdout.' }
                @{ Name = '--home'; Value = 'folder'; Help = 'Look for the assistants'' logs under DIR.' }
                @{ Name = '--as-of'; Value = 'none'; Help = 'Take this as now: 2026-11-21 (its end) or 2026-11-21T17:00.' }
                @{ Name = '--tz'; Value = 'none'; Help = 'Cut days and weeks in this time zone, e.g. Europe/Berlin.' }
                @{ Name = '--color'; Value = 'words auto always never'; Help = 'Colour on stdout.' }
                @{ Name = '--quiet'; Value = ''; Help = 'Say nothing on stderr but errors.' }
                @{ Name = '-q'; Value = ''; Help = 'Say nothing on stderr but errors.' }
                @{ Name = '--verbose'; Value = ''; Help = 'Say more.' }
                @{ Name = '-v'; Value = ''; Help = 'Say more.' }
                @{ Name = '--help'; Value = ''; Help = 'Show the help of this command.' }
                @{ Name = '-h'; Value = ''; Help = 'Show the help of this command.' }
            )
            Arguments = @()
        }
    }
    foreach ($name in 'reprice') {
        $forms[$name] = @{
            Switches = @(
                @{ Name = '--since'; Value = 'day'; Help = 'Only entries from this day on.' }
                @{ Name = '--dry-run'; Value = ''; Help = 'Say what would change; change nothing.' }
                @{ Name = '-n'; Value = ''; Help = 'Say what would change; change nothing.' }
                @{ Name = '--json'; Value = ''; Help = 'One JSON document on stdout.' }
                @{ Name = '--home'; Value = 'folder'; Help = 'Look for the assistants'' logs under DIR.' }
                @{ Name = '--as-of'; Value = 'none'; Help = 'Take this as now: 2026-11-21 (its end) or 2026-11-21T17:00.' }
                @{ Name = '--tz'; Value = 'none'; Help = 'Cut days and weeks in this time zone, e.g. Europe/Berlin.' }
                @{ Name = '--color'; Value = 'words auto always never'; Help = 'Colour on stdout.' }
                @{ Name = '--quiet'; Value = ''; Help = 'Say nothing on stderr but errors.' }
                @{ Name = '-q'; Value = ''; Help = 'Say nothing on stderr but errors.' }
                @{ Name = '--verbose'; Value = ''; Help = 'Say more.' }
                @{ Name = '-v'; Value = ''; Help = 'Say more.' }
                @{ Name = '--help'; Value = ''; Help = 'Show the help of this command.' }
                @{ Name = '-h'; Value = ''; Help = 'Show the help of this command.' }
            )
            Arguments = @()
        }
    }
    foreach ($name in 'prices show') {
        $forms[$name] = @{
            Switches = @(
                @{ Name = '--at'; Value = 'day'; Help = 'The prices of this day, not of today.' }
                @{ Name = '--json'; Value = ''; Help = 'One JSON document on stdout.' }
                @{ Name = '--home'; Value = 'folder'; Help = 'Look for the assistants'' logs under DIR.' }
                @{ Name = '--as-of'; Value = 'none'; Help = 'Take this as now: 2026-11-21 (its end) or 2026-11-21T17:00.' }
                @{ Name = '--tz'; Value = 'none'; Help = 'Cut days and weeks in this time zone, e.g. Europe/Berlin.' }
                @{ Name = '--color'; Value = 'words auto always never'; Help = 'Colour on stdout.' }
                @{ Name = '--quiet'; Value = ''; Help = 'Say nothing on stderr but errors.' }
                @{ Name = '-q'; Value = ''; Help = 'Say nothing on stderr but errors.' }
                @{ Name = '--verbose'; Value = ''; Help = 'Say more.' }
                @{ Name = '-v'; Value = ''; Help = 'Say more.' }
                @{ Name = '--help'; Value = ''; Help = 'Show the help of this command.' }
                @{ Name = '-h'; Value = ''; Help = 'Show the help of this command.' }
            )
            Arguments = @('model')
        }
    }
    foreach ($name in 'paths') {
        $forms[$name] = @{
            Switches = @(
                @{ Name = '--json'; Value = ''; Help = 'One JSON document on stdout.' }
                @{ Name = '--home'; Value = 'folder'; Help = 'Look for the assistants'' logs under DIR.' }
                @{ Name = '--as-of'; Value = 'none'; Help = 'Take this as now: 2026-11-21 (its end) or 2026-11-21T17:00.' }
                @{ Name = '--tz'; Value = 'none'; Help = 'Cut days and weeks in this time zone, e.g. Europe/Berlin.' }
                @{ Name = '--color'; Value = 'words auto always never'; Help = 'Colour on stdout.' }
                @{ Name = '--quiet'; Value = ''; Help = 'Say nothing on stderr but errors.' }
                @{ Name = '-q'; Value = ''; Help = 'Say nothing on stderr but errors.' }
                @{ Name = '--verbose'; Value = ''; Help = 'Say more.' }
                @{ Name = '-v'; Value = ''; Help = 'Say more.' }
                @{ Name = '--help'; Value = ''; Help = 'Show the help of this command.' }
                @{ Name = '-h'; Value = ''; Help = 'Show the help of this command.' }
            )
            Arguments = @()
        }
    }
    foreach ($name in 'prompt') {
        $forms[$name] = @{
            Switches = @(
                @{ Name = '--short'; Value = ''; Help = 'The short text: 4.84/66%.' }
                @{ Name = '--format'; Value = 'none'; Help = 'Your own text; {today_cost}, {week_tokens} … are filled in.' }
                @{ Name = '--shell'; Value = 'words bash zsh fish pwsh tmux'; Help = 'Escape it for the prompt of this shell.' }
                @{ Name = '--color'; Value = 'words auto always never'; Help = 'Colour over budget; auto: on a terminal.' }
                @{ Name = '--home'; Value = 'folder'; Help = 'Look for the assistants'' logs under DIR.' }
                @{ Name = '--as-of'; Value = 'none'; Help = 'Take this as now: 2026-11-21 (its end) or 2026-11-21T17:00.' }
                @{ Name = '--tz'; Value = 'none'; Help = 'Cut days and weeks in this time zone, e.g. Europe/Berlin.' }
                @{ Name = '--quiet'; Value = ''; Help = 'Say nothing on stderr but errors.' }
                @{ Name = '-q'; Value = ''; Help = 'Say nothing on stderr but errors.' }
                @{ Name = '--verbose'; Value = ''; Help = 'Say more.' }
                @{ Name = '-v'; Value = ''; Help = 'Say more.' }
                @{ Name = '--help'; Value = ''; Help = 'Show the help of this command.' }
                @{ Name = '-h'; Value = ''; Help = 'Show the help of this command.' }
            )
            Arguments = @()
        }
    }
    foreach ($name in 'shell init') {
        $forms[$name] = @{
            Switches = @(
                @{ Name = '--short'; Value = ''; Help = 'Show the short text: 4.84/66%.' }
                @{ Name = '--no-show'; Value = ''; Help = 'Set the variable TOKMETER_PROMPT only; you place it.' }
                @{ Name = '--home'; Value = 'folder'; Help = 'Look for the assistants'' logs under DIR.' }
                @{ Name = '--as-of'; Value = 'none'; Help = 'Take this as now: 2026-11-21 (its end) or 2026-11-21T17:00.' }
                @{ Name = '--tz'; Value = 'none'; Help = 'Cut days and weeks in this time zone, e.g. Europe/Berlin.' }
                @{ Name = '--color'; Value = 'words auto always never'; Help = 'Colour on stdout.' }
                @{ Name = '--quiet'; Value = ''; Help = 'Say nothing on stderr but errors.' }
                @{ Name = '-q'; Value = ''; Help = 'Say nothing on stderr but errors.' }
                @{ Name = '--verbose'; Value = ''; Help = 'Say more.' }
                @{ Name = '-v'; Value = ''; Help = 'Say more.' }
                @{ Name = '--help'; Value = ''; Help = 'Show the help of this command.' }
                @{ Name = '-h'; Value = ''; Help = 'Show the help of this command.' }
            )
            Arguments = @('words bash zsh fish pwsh')
        }
    }
    foreach ($name in 'shell completion') {
        $forms[$name] = @{
            Switches = @(
                @{ Name = '--home'; Value = 'folder'; Help = 'Look for the assistants'' logs under DIR.' }
                @{ Name = '--as-of'; Value = 'none'; Help = 'Take this as now: 2026-11-21 (its end) or 2026-11-21T17:00.' }
                @{ Name = '--tz'; Value = 'none'; Help = 'Cut days and weeks in this time zone, e.g. Europe/Berlin.' }
                @{ Name = '--color'; Value = 'words auto always never'; Help = 'Colour on stdout.' }
                @{ Name = '--quiet'; Value = ''; Help = 'Say nothing on stderr but errors.' }
                @{ Name = '-q'; Value = ''; Help = 'Say nothing on stderr but errors.' }
                @{ Name = '--verbose'; Value = ''; Help = 'Say more.' }
                @{ Name = '-v'; Value = ''; Help = 'Say more.' }
                @{ Name = '--help'; Value = ''; Help = 'Show the help of this command.' }
                @{ Name = '-h'; Value = ''; Help = 'Show the help of this command.' }
            )
            Arguments = @('words bash zsh fish pwsh')
        }
    }
    foreach ($name in 'statusline') {
        $forms[$name] = @{
            Switches = @(
                @{ Name = '--show'; Value = 'none'; Help = 'What to show, in this order: model,context,limits,session,prompt.' }
                @{ Name = '--home'; Value = 'folder'; Help = 'Look for the assistants'' logs under DIR.' }
                @{ Name = '--as-of'; Value = 'none'; Help = 'Take this as now: 2026-11-21 (its end) or 2026-11-21T17:00.' }
                @{ Name = '--tz'; Value = 'none'; Help = 'Cut days and weeks in this time zone, e.g. Europe/Berlin.' }
                @{ Name = '--color'; Value = 'words auto always never'; Help = 'Colour on stdout.' }
                @{ Name = '--quiet'; Value = ''; Help = 'Say nothing on stderr but errors.' }
                @{ Name = '-q'; Value = ''; Help = 'Say nothing on stderr but errors.' }
                @{ Name = '--verbose'; Value = ''; Help = 'Say more.' }
                @{ Name = '-v'; Value = ''; Help = 'Say more.' }
                @{ Name = '--help'; Value = ''; Help = 'Show the help of this command.' }
                @{ Name = '-h'; Value = ''; Help = 'Show the help of this command.' }
            )
            Arguments = @()
        }
    }
    foreach ($name in 'statusline install') {
        $forms[$name] = @{
            Switches = @(
                @{ Name = '--hooks'; Value = ''; Help = 'Also Claude Code''s hooks, so that figures are new after each answer.' }
                @{ Name = '--codex'; Value = ''; Help = 'Codex''s notify instead of Claude Code''s status line; with --hooks both.' }
                @{ Name = '--show'; Value = 'none'; Help = 'What to show, in this order: model,context,limits,session,prompt.' }
                @{ Name = '--replace'; Value = ''; Help = 'Take the place of another program''s status line; remove brings it back.' }
                @{ Name = '--repair'; Value = ''; Help = 'Only correct the calls of tokmeter that are there, after it moved.' }
                @{ Name = '--settings'; Value = 'file'; Help = 'This settings file instead of the user''s.' }
                @{ Name = '--dry-run'; Value = ''; Help = 'Show the change and write nothing.' }
                @{ Name = '-n'; Value = ''; Help = 'Show the change and write nothing.' }
                @{ Name = '--yes'; Value = ''; Help = 'Write without asking.' }
                @{ Name = '-y'; Value = ''; Help = 'Write without asking.' }
                @{ Name = '--no-input'; Value = ''; Help = 'Never ask.' }
                @{ Name = '--home'; Value = 'folder'; Help = 'Look for the assistants'' logs under DIR.' }
                @{ Name = '--as-of'; Value = 'none'; Help = 'Take this as now: 2026-11-21 (its end) or 2026-11-21T17:00.' }
                @{ Name = '--tz'; Value = 'none'; Help = 'Cut days and weeks in this time zone, e.g. Europe/Berlin.' }
                @{ Name = '--color'; Value = 'words auto always never'; Help = 'Colour on stdout.' }
                @{ Name = '--quiet'; Value = ''; Help = 'Say nothing on stderr but errors.' }
                @{ Name = '-q'; Value = ''; Help = 'Say nothing on stderr but errors.' }
                @{ Name = '--verbose'; Value = ''; Help = 'Say more.' }
                @{ Name = '-v'; Value = ''; Help = 'Say more.' }
                @{ Name = '--help'; Value = ''; Help = 'Show the help of this command.' }
                @{ Name = '-h'; Value = ''; Help = 'Show the help of this command.' }
            )
            Arguments = @()
        }
    }
    foreach ($name in 'statusline remove') {
        $forms[$name] = @{
            Switches = @(
                @{ Name = '--settings'; Value = 'file'; Help = 'This settings file instead of the user''s.' }
                @{ Name = '--dry-run'; Value = ''; Help = 'Show the change and write nothing.' }
                @{ Name = '-n'; Value = ''; Help = 'Show the change and write nothing.' }
                @{ Name = '--yes'; Value = ''; Help = 'Write without asking.' }
                @{ Name = '-y'; Value = ''; Help = 'Write without asking.' }
                @{ Name = '--no-input'; Value = ''; Help = 'Never ask.' }
                @{ Name = '--home'; Value = 'folder'; Help = 'Look for the assistants'' logs under DIR.' }
                @{ Name = '--as-of'; Value = 'none'; Help = 'Take this as now: 2026-11-21 (its end) or 2026-11-21T17:00.' }
                @{ Name = '--tz'; Value = 'none'; Help = 'Cut days and weeks in this time zone, e.g. Europe/Berlin.' }
                @{ Name = '--color'; Value = 'words auto always never'; Help = 'Colour on stdout.' }
                @{ Name = '--quiet'; Value = ''; Help = 'Say nothing on stderr but errors.' }
                @{ Name = '-q'; Value = ''; Help = 'Say nothing on stderr but errors.' }
                @{ Name = '--verbose'; Value = ''; Help = 'Say more.' }
                @{ Name = '-v'; Value = ''; Help = 'Say more.' }
                @{ Name = '--help'; Value = ''; Help = 'Show the help of this command.' }
                @{ Name = '-h'; Value = ''; Help = 'Show the help of this command.' }
            )
            Arguments = @()
        }
    }
    foreach ($name in 'notify') {
        $forms[$name] = @{
            Switches = @(
                @{ Name = '--home'; Value = 'folder'; Help = 'Look for the assistants'' logs under DIR.' }
                @{ Name = '--as-of'; Value = 'none'; Help = 'Take this as now: 2026-11-21 (its end) or 2026-11-21T17:00.' }
                @{ Name = '--tz'; Value = 'none'; Help = 'Cut days and weeks in this time zone, e.g. Europe/Berlin.' }
                @{ Name = '--color'; Value = 'words auto always never'; Help = 'Colour on stdout.' }
                @{ Name = '--quiet'; Value = ''; Help = 'Say nothing on stderr but errors.' }
                @{ Name = '-q'; Value = ''; Help = 'Say nothing on stderr but errors.' }
                @{ Name = '--verbose'; Value = ''; Help = 'Say more.' }
                @{ Name = '-v'; Value = ''; Help = 'Say more.' }
                @{ Name = '--help'; Value = ''; Help = 'Show the help of this command.' }
                @{ Name = '-h'; Value = ''; Help = 'Show the help of this command.' }
            )
            Arguments = @('words claude-code codex', '+none')
        }
    }
    foreach ($name in 'git install') {
        $forms[$name] = @{
            Switches = @(
                @{ Name = '--summary'; Value = ''; Help = 'After each commit: what was used while making it, on stderr (the default).' }
                @{ Name = '--trailer'; Value = ''; Help = 'A line Tokmeter-Usage: … at the end of each commit message. Public once pushed.' }
                @{ Name = '--assisted-by'; Value = ''; Help = 'A line Assisted-by: NAME:MODEL, unless an assistant is named already.' }
                @{ Name = '--notes'; Value = ''; Help = 'The same figures as git notes in refs/notes/tokmeter, which are not pushed.' }
                @{ Name = '--global'; Value = ''; Help = 'For every repository of yours instead of this one.' }
                @{ Name = '--dry-run'; Value = ''; Help = 'Show what would be written; write nothing.' }
                @{ Name = '-n'; Value = ''; Help = 'Show what would be written; write nothing.' }
                @{ Name = '--yes'; Value = ''; Help = 'Write without asking.' }
                @{ Name = '-y'; Value = ''; Help = 'Write without asking.' }
                @{ Name = '--home'; Value = 'folder'; Help = 'Look for the assistants'' logs under DIR.' }
                @{ Name = '--as-of'; Value = 'none'; Help = 'Take this as now: 2026-11-21 (its end) or 2026-11-21T17:00.' }
                @{ Name = '--tz'; Value = 'none'; Help = 'Cut days and weeks in this time zone, e.g. Europe/Berlin.' }
                @{ Name = '--color'; Value = 'words auto always never'; Help = 'Colour on stdout.' }
                @{ Name = '--quiet'; Value = ''; Help = 'Say nothing on stderr but errors.' }
                @{ Name = '-q'; Value = ''; Help = 'Say nothing on stderr but errors.' }
                @{ Name = '--verbose'; Value = ''; Help = 'Say more.' }
                @{ Name = '-v'; Value = ''; Help = 'Say more.' }
                @{ Name = '--help'; Value = ''; Help = 'Show the help of this command.' }
                @{ Name = '-h'; Value = ''; Help = 'Show the help of this command.' }
            )
            Arguments = @()
        }
    }
    foreach ($name in 'git remove') {
        $forms[$name] = @{
            Switches = @(
                @{ Name = '--global'; Value = ''; Help = 'For every repository of yours instead of this one.' }
                @{ Name = '--dry-run'; Value = ''; Help = 'Show what would be written; write nothing.' }
                @{ Name = '-n'; Value = ''; Help = 'Show what would be written; write nothing.' }
                @{ Name = '--yes'; Value = ''; Help = 'Write without asking.' }
                @{ Name = '-y'; Value = ''; Help = 'Write without asking.' }
                @{ Name = '--home'; Value = 'folder'; Help = 'Look for the assistants'' logs under DIR.' }
                @{ Name = '--as-of'; Value = 'none'; Help = 'Take this as now: 2026-11-21 (its end) or 2026-11-21T17:00.' }
                @{ Name = '--tz'; Value = 'none'; Help = 'Cut days and weeks in this time zone, e.g. Europe/Berlin.' }
                @{ Name = '--color'; Value = 'words auto always never'; Help = 'Colour on stdout.' }
                @{ Name = '--quiet'; Value = ''; Help = 'Say nothing on stderr but errors.' }
                @{ Name = '-q'; Value = ''; Help = 'Say nothing on stderr but errors.' }
                @{ Name = '--verbose'; Value = ''; Help = 'Say more.' }
                @{ Name = '-v'; Value = ''; Help = 'Say more.' }
                @{ Name = '--help'; Value = ''; Help = 'Show the help of this command.' }
                @{ Name = '-h'; Value = ''; Help = 'Show the help of this command.' }
            )
            Arguments = @()
        }
    }
    foreach ($name in 'git status') {
        $forms[$name] = @{
            Switches = @(
                @{ Name = '--home'; Value = 'folder'; Help = 'Look for the assistants'' logs under DIR.' }
                @{ Name = '--as-of'; Value = 'none'; Help = 'Take this as now: 2026-11-21 (its end) or 2026-11-21T17:00.' }
                @{ Name = '--tz'; Value = 'none'; Help = 'Cut days and weeks in this time zone, e.g. Europe/Berlin.' }
                @{ Name = '--color'; Value = 'words auto always never'; Help = 'Colour on stdout.' }
                @{ Name = '--quiet'; Value = ''; Help = 'Say nothing on stderr but errors.' }
                @{ Name = '-q'; Value = ''; Help = 'Say nothing on stderr but errors.' }
                @{ Name = '--verbose'; Value = ''; Help = 'Say more.' }
                @{ Name = '-v'; Value = ''; Help = 'Say more.' }
                @{ Name = '--help'; Value = ''; Help = 'Show the help of this command.' }
                @{ Name = '-h'; Value = ''; Help = 'Show the help of this command.' }
            )
            Arguments = @()
        }
    }
    foreach ($name in 'git hook') {
        $forms[$name] = @{
            Switches = @(
                @{ Name = '--home'; Value = 'folder'; Help = 'Look for the assistants'' logs under DIR.' }
                @{ Name = '--as-of'; Value = 'none'; Help = 'Take this as now: 2026-11-21 (its end) or 2026-11-21T17:00.' }
                @{ Name = '--tz'; Value = 'none'; Help = 'Cut days and weeks in this time zone, e.g. Europe/Berlin.' }
                @{ Name = '--color'; Value = 'words auto always never'; Help = 'Colour on stdout.' }
                @{ Name = '--quiet'; Value = ''; Help = 'Say nothing on stderr but errors.' }
                @{ Name = '-q'; Value = ''; Help = 'Say nothing on stderr but errors.' }
                @{ Name = '--verbose'; Value = ''; Help = 'Say more.' }
                @{ Name = '-v'; Value = ''; Help = 'Say more.' }
                @{ Name = '--help'; Value = ''; Help = 'Show the help of this command.' }
                @{ Name = '-h'; Value = ''; Help = 'Show the help of this command.' }
            )
            Arguments = @('+none')
        }
    }
    foreach ($name in 'doctor') {
        $forms[$name] = @{
            Switches = @(
                @{ Name = '--json'; Value = ''; Help = 'One JSON document on stdout.' }
                @{ Name = '--no-sync'; Value = ''; Help = 'Report from the ledger as it is.' }
                @{ Name = '--home'; Value = 'folder'; Help = 'Look for the assistants'' logs under DIR.' }
                @{ Name = '--as-of'; Value = 'none'; Help = 'Take this as now: 2026-11-21 (its end) or 2026-11-21T17:00.' }
                @{ Name = '--tz'; Value = 'none'; Help = 'Cut days and weeks in this time zone, e.g. Europe/Berlin.' }
                @{ Name = '--color'; Value = 'words auto always never'; Help = 'Colour on stdout.' }
                @{ Name = '--quiet'; Value = ''; Help = 'Say nothing on stderr but errors.' }
                @{ Name = '-q'; Value = ''; Help = 'Say nothing on stderr but errors.' }
                @{ Name = '--verbose'; Value = ''; Help = 'Say more.' }
                @{ Name = '-v'; Value = ''; Help = 'Say more.' }
                @{ Name = '--help'; Value = ''; Help = 'Show the help of this command.' }
                @{ Name = '-h'; Value = ''; Help = 'Show the help of this command.' }
            )
            Arguments = @()
        }
    }
    # The words before the one at the cursor, without their quotes.
    $words = @()
    $raw = ''
    foreach ($element in $commandAst.CommandElements) {
        if ($element.Extent.StartOffset -ge $cursorPosition) { break }
        if ($element.Extent.EndOffset -ge $cursorPosition) {
            $raw = $element.Extent.Text
            break
        }
        if ($element -is [System.Management.Automation.Language.StringConstantExpressionAst]) {
            $words += $element.Value
        }
        else {
            $words += $element.Extent.Text
        }
    }
    $typed = "$wordToComplete"
    if ($raw -and $typed -eq '') { $typed = $raw }
    $typed = $typed.TrimStart([char[]]@("'", '"')).Replace("''", "'")

    function Get-NamesFile {
        $separator = [System.IO.Path]::DirectorySeparatorChar
        if ($env:TOKMETER_HOME) {
            $base = $env:TOKMETER_HOME -replace '^~(?=$|[\\/])', $HOME.Replace('$', '$$')
            $parts = @($base, 'cache')
        }
        elseif (($IsLinux -or $IsMacOS) -and "$env:XDG_CACHE_HOME".StartsWith('/')) {
            $parts = @($env:XDG_CACHE_HOME, 'tokmeter')
        }
        elseif ($IsMacOS) { $parts = @($HOME, 'Library', 'Caches', 'tokmeter') }
        elseif ($IsLinux) { $parts = @($HOME, '.cache', 'tokmeter') }
        else { $parts = @($env:LOCALAPPDATA, 'tokmeter', 'Cache') }
        ($parts + 'names') -join $separator
    }

    # Names of one kind, in the order of the file: the most used ones first.
    function Get-Names($kind) {
        $file = Get-NamesFile
        if (-not [System.IO.File]::Exists($file)) { return }
        try {
            foreach ($line in [System.IO.File]::ReadAllLines($file)) {
                if ($line.StartsWith("$kind`t", [System.StringComparison]::Ordinal)) {
                    $line.Substring($kind.Length + 1)
                }
            }
        }
        catch [System.IO.IOException] { return }
        catch [System.UnauthorizedAccessException] { return }
    }

    # One completion if `$word` begins with what was typed; anything but plain characters is quoted.
    function New-Completion($word, $meaning, $front = '') {
        if (-not "$front$word".StartsWith($typed, [System.StringComparison]::OrdinalIgnoreCase)) { return }
        $text = "$front$word"
        if ($text -notmatch '^[A-Za-z0-9_./:=-]+$') {
            $escaped = [System.Management.Automation.Language.CodeGeneration]::EscapeSingleQuotedStringContent($text)
            $text = "'$escaped'"
        }
        if (-not $meaning) { $meaning = $word }
        $kind = [System.Management.Automation.CompletionResultType]::ParameterValue
        [System.Management.Automation.CompletionResult]::new($text, $word, $kind, $meaning)
    }

    function New-Completions($table) {
        foreach ($word in $table.Keys) { New-Completion $word $table[$word] }
    }

    function New-Switches($list) {
        foreach ($switch in $list) { New-Completion $switch.Name $switch.Help }
    }

    function New-Period {
        $before = if ($given.Count) { $given[-1] } else { '' }
        if (@('this', 'last', 'previous', 'current') -contains $before) { New-Completions $periodUnits }
        elseif ($given.Count -lt 2) { New-Completions $periodStarts }
    }

    # What may stand in a place of this kind. For files and folders nothing is said: PowerShell then offers them.
    function New-Value($value, $front = '') {
        $kind, $fixed = $value -split ' '
        switch ($kind) {
            'words' { foreach ($word in $fixed) { New-Completion $word '' $front } }
            'day' { foreach ($word in $days.Keys) { New-Completion $word '' $front } }
            'period' { New-Period }
            'subject' {
                if ($given.Count -eq 0) {
                    foreach ($word in @(Get-Names 'model') + $fixed) { New-Completion $word '' }
                }
                New-Period
            }
            'project' {
                $kinds = if ($typed -match '[\\/]') { 'folder' } else { 'project' }
                foreach ($word in Get-Names $kinds) { New-Completion $word '' $front }
            }
            { @('model', 'source', 'session') -contains $_ } {
                foreach ($word in Get-Names $kind) { New-Completion $word '' $front }
            }
        }
    }

    # The command: the first word that is no switch and no shared switch's value.
    $at = 0
    $skip = $false
    for ($n = 1; $n -lt $words.Count; $n++) {
        if ($skip) { $skip = $false }
        elseif ($valued -ccontains $words[$n]) { $skip = $true }
        elseif (-not $words[$n].StartsWith('-')) { $at = $n; break }
    }
    $name = 'week'
    $below = 0
    $first = ''
    $isNext = $false
    if ($at) {
        $first = $words[$at]
        $isNext = $at + 1 -eq $words.Count
        $second = if ($isNext) { '' } else { $words[$at + 1] }
        if ($first -ceq 'help') {
            if ($isNext) { New-Completions $firsts }
            elseif ($at + 2 -eq $words.Count -and $seconds.ContainsKey($second)) { New-Completions $seconds[$second] }
            return
        }
        elseif ($forms.ContainsKey("$first $second")) { $name = "$first $second"; $below = $at + 1 }
        elseif ($forms.ContainsKey($first)) { $name = $first }
        elseif ($seconds.ContainsKey($first)) {
            if ($isNext) { New-Completions $seconds[$first] }
            return
        }
        else { $at = 0 }
    }
    $form = $forms[$name]

    # What stands before the cursor: arguments, and perhaps a switch that waits for its value.
    $given = @()
    $expecting = ''
    $ended = $false
    for ($n = 1; $n -lt $words.Count; $n++) {
        if (($at -and $n -eq $at) -or ($below -and $n -eq $below)) { continue }
        $word = $words[$n]
        $switch = $form.Switches | Where-Object { $_.Name -ceq $word } | Select-Object -First 1
        if ($expecting) { $expecting = '' }
        elseif ($ended) { $given += $word }
        elseif ($word -ceq '--') { $ended = $true }
        elseif ($switch -and $switch.Value) { $expecting = $switch.Value }
        elseif (-not $word.StartsWith('-')) { $given += $word }
    }

    if ($expecting) { New-Value $expecting; return }
    if (-not $ended -and $typed -match '^(--[^=]+)=') {
        $spelling = $Matches[1]
        $switch = $form.Switches | Where-Object { $_.Name -ceq $spelling } | Select-Object -First 1
        if ($switch -and $switch.Value) { New-Value $switch.Value "$spelling=" }
        return
    }
    if (-not $ended -and $typed.StartsWith('-')) {
        New-Switches $form.Switches
        if (-not $first) { New-Switches $topSwitches }
        return
    }
    if (-not $first -and -not $ended) {
        New-Completions $firsts
        if ($typed) { New-Completions $topPeriods }
        return
    }
    if ($at -and $isNext -and $seconds.ContainsKey($first)) { New-Completions $seconds[$first] }
    $arguments = @($form.Arguments)
    if ($arguments.Count -eq 0) { return }
    $due = $given.Count
    if ($due -ge $arguments.Count) {
        $due = $arguments.Count - 1
        if (-not $arguments[$due].StartsWith('+')) { return }
    }
    New-Value ($arguments[$due].TrimStart('+'))
}
