# Completions of tokmeter for fish. Written by scripts/completions.py; do not edit.
#
# TAB starts no program: names come out of a small file that tokmeter writes into its cache folder.
# Names are text out of logs: fish quotes what it inserts, and nothing here evaluates them.

# The command on the line, then the words given to it that are no switches, one a line.
# The command is empty where none was named, and `!` before what only groups commands or is none.
function __tokmeter_read
    set -l words (commandline -opc)
    set -e words[1]
    set -l skip 0
    set -l ended 0
    set -l given
    for word in $words
        if test $skip = 1
            set skip 0
        else if test $ended = 1
            set -a given $word
        else if test "x$word" = x--
            set ended 1
        else if contains -- $word $__tokmeter_valued
            set skip 1
        else if not string match -q -- '-?*' $word
            set -a given $word
        end
    end
    if not set -q given[1]
        echo
    else if contains -- "$given[1..2]" $__tokmeter_commands
        echo "$given[1..2]"
        test (count $given) -gt 2; and printf '%s\n' $given[3..-1]
    else if contains -- "$given[1]" $__tokmeter_commands
        printf '%s\n' $given
    else if test "$given[1]" = help; or contains -- "$given[1]" $__tokmeter_groups
        set given[1] "!$given[1]"
        printf '%s\n' $given
    else
        # A period without a command is a week.
        printf '%s\n' week $given
    end
end

# Whether the line is one of these commands; a line without a command is a week.
function __tokmeter_using
    set -l read (__tokmeter_read)
    test -n "$read[1]"; or set read[1] week
    contains -- "$read[1]" $argv
end

function __tokmeter_at_top
    set -l read (__tokmeter_read)
    test -z "$read[1]"
end

function __tokmeter_at_argument
    not string match -q -- '-*' (commandline -ct)
end

# Commands, their second words, or the argument that is due.
function __tokmeter_argument
    set -l given (__tokmeter_read)
    set -l name $given[1]
    set -e given[1]
    switch "$name"
        case ''
            __tokmeter_firsts
            set -l typed (commandline -ct)
            test -n "$typed"; and __tokmeter_top_periods
            return
        case '!help'
            switch (count $given)
                case 0
                    __tokmeter_firsts
                case 1
                    __tokmeter_seconds $given[1]
            end
            return
        case '!*'
            test (count $given) = 0; and __tokmeter_seconds (string sub -s 2 -- $name)
            return
    end
    test (count $given) = 0; and __tokmeter_seconds $name
    set -l slots (__tokmeter_slots $name)
    set -l count (count $slots)
    test $count = 0; and return
    set -l due (math (count $given) + 1)
    if test $due -gt $count
        string match -q -- '+*' $slots[$count]; or return
        set due $count
    end
    __tokmeter_value (string replace -r -- '^\+' '' $slots[$due] | string split ' ')
end

# What may stand in a place of this kind.
function __tokmeter_value --argument-names kind
    set -l typed (commandline -ct | string replace -r -- '^--?[^=]*=' '')
    switch $kind
        case words
            printf '%s\n' $argv[2..-1]
        case folder
            __fish_complete_directories $typed
        case file
            __fish_complete_path $typed
        case day
            __tokmeter_days
        case period
            __tokmeter_period
        case subject
            set -l read (__tokmeter_read)
            if not set -q read[2]
                __tokmeter_names model
                printf '%s\n' $argv[2..-1]
                string match -q -- '*/*' $typed; and __fish_complete_path $typed
            end
            __tokmeter_period
        case project
            if string match -q -- '*/*' $typed
                __tokmeter_names folder
                __fish_complete_directories $typed
            else
                __tokmeter_names project
            end
        case model source session
            __tokmeter_names $kind
    end
end

function __tokmeter_period
    set -l given (__tokmeter_read)
    set given[1] ''
    switch "$given[-1]"
        case this last previous current
            __tokmeter_period_units
        case '*'
            test (count $given) -lt 3; and __tokmeter_period_starts
    end
end

# Names of one kind out of the names file, in its order: the most used ones first.
function __tokmeter_names --argument-names kind
    set -l file (__tokmeter_names_file)
    test -f "$file" -a -r "$file"; or return
    string replace -f -r -- "^$kind\t" '' <$file
end

# Where the names file is.
function __tokmeter_names_file
    set -l base
    if test -n "$TOKMETER_HOME"
        set base (string replace -r -- '^~(?=/|$)' "$HOME" $TOKMETER_HOME)/cache
    else if string match -q -- '/*' "$XDG_CACHE_HOME"
        set base $XDG_CACHE_HOME/tokmeter
    else if test -d /System/Library
        set base $HOME/Library/Caches/tokmeter
    else
        set base $HOME/.cache/tokmeter
    end
    echo $base/names
end

# Switches that take the next word.
set -g __tokmeter_valued --since --until --source --project --model --format --home --as-of --tz --color --output -o --map --statement --tolerance -m --tokenizer -C --limit --at --shell --show --settings
set -g __tokmeter_commands 'week' 'day' 'month' 'year' 'models' 'projects' 'sessions' 'session' 'sources' 'anatomy' 'explain' 'export' 'import' 'reconcile' 'count' 'audit' 'commit' 'log' 'sync' 'reprice' 'prices show' 'tokenizers' 'tokenizers calibrate' 'paths' 'prompt' 'shell init' 'shell completion' 'statusline' 'statusline install' 'statusline remove' 'notify' 'git install' 'git remove' 'git status' 'git hook' 'doctor'
set -g __tokmeter_groups prices tokenizers shell statusline git

function __tokmeter_firsts
    printf '%s\t%s\n' week 'This week\'s burn, cost and model mix; tokmeter alone'
    printf '%s\t%s\n' day 'The same for one day'
    printf '%s\t%s\n' month 'The same for one month'
    printf '%s\t%s\n' year 'The same for one year'
    printf '%s\t%s\n' models 'Which models the tokens and the cost went to'
    printf '%s\t%s\n' projects 'Which projects they went to'
    printf '%s\t%s\n' sessions 'The sessions of a period, the latest first'
    printf '%s\t%s\n' session 'One session by its id, or the beginning of it'
    printf '%s\t%s\n' sources 'The assistants whose logs are read, and what they hold'
    printf '%s\t%s\n' anatomy 'Where the context went, and what was sent over and over'
    printf '%s\t%s\n' explain 'From a figure back to file and line'
    printf '%s\t%s\n' export 'Every entry, one a line, as JSON lines or CSV'
    printf '%s\t%s\n' import 'Read histories of API calls, whatever their format'
    printf '%s\t%s\n' reconcile 'A provider\'s bill against list cost, and why they differ'
    printf '%s\t%s\n' count 'Tokens and cost of a text or a folder, model by model'
    printf '%s\t%s\n' audit 'Reported output against the text it stands beside'
    printf '%s\t%s\n' commit 'What was used while making a commit'
    printf '%s\t%s\n' log 'Each commit of a range, and what belongs to none'
    printf '%s\t%s\n' sync 'Bring the ledger up to date'
    printf '%s\t%s\n' reprice 'Compute list costs again with today\'s price data'
    printf '%s\t%s\n' prices 'Commands: show'
    printf '%s\t%s\n' tokenizers 'How each model\'s tokens are counted from text'
    printf '%s\t%s\n' paths 'Where tokmeter\'s files and the logs lie'
    printf '%s\t%s\n' prompt 'The prepared line for a shell prompt'
    printf '%s\t%s\n' shell 'Commands: init, completion'
    printf '%s\t%s\n' statusline 'Claude Code\'s status line: its JSON in, one line out'
    printf '%s\t%s\n' notify 'What an assistant\'s hook calls: sync soon'
    printf '%s\t%s\n' git 'Commands: install, remove, status, hook'
    printf '%s\t%s\n' doctor 'Check that all is in order, and say what to do if not'
    printf '%s\t%s\n' help 'Show the guide, or the help of a command'
end

function __tokmeter_period_starts
    printf '%s\t%s\n' today 'this day'
    printf '%s\t%s\n' yesterday 'the day before'
    printf '%s\t%s\n' this 'this week, this month …'
    printf '%s\t%s\n' last 'last week, last month …'
    printf '%s\t%s\n' week 'the current week'
    printf '%s\t%s\n' month 'the current month'
    printf '%s\t%s\n' year 'the current year'
    printf '%s\t%s\n' 7d 'seven days, ending with today'
    printf '%s\t%s\n' 30d 'thirty days, ending with today'
    printf '%s\t%s\n' all 'everything in the ledger'
end

function __tokmeter_top_periods
    printf '%s\t%s\n' today 'this day'
    printf '%s\t%s\n' yesterday 'the day before'
    printf '%s\t%s\n' this 'this week, this month …'
    printf '%s\t%s\n' last 'last week, last month …'
end

function __tokmeter_period_units
    echo day
    echo week
    echo month
    echo year
end

function __tokmeter_days
    echo today
    echo yesterday
end

# Second words, with what they are for.
function __tokmeter_seconds --argument-names first
    switch $first
        case prices
            printf '%s\t%s\n' show 'The unit prices of a model on a day'
        case tokenizers
            printf '%s\t%s\n' calibrate 'Fit that on the counts in your own logs'
        case shell
            printf '%s\t%s\n' init 'The snippet that shows it in bash, zsh, fish, PowerShell'
            printf '%s\t%s\n' completion 'The completions for a shell'
        case statusline
            printf '%s\t%s\n' install 'Put it into the assistant\'s settings'
            printf '%s\t%s\n' remove 'Take it out again'
        case git
            printf '%s\t%s\n' install 'Summaries, trailers or notes at each commit'
            printf '%s\t%s\n' remove 'Take the hooks out again'
            printf '%s\t%s\n' status 'Which hooks are there'
            printf '%s\t%s\n' hook 'What the hooks call'
    end
end

# What may stand in a place among the arguments, with + where it takes all that follow.
function __tokmeter_slots --argument-names name
    switch $name
        case week day month year models projects sessions anatomy reconcile audit
            echo '+period'
        case session
            echo 'session'
        case explain
            echo '+subject estimates partial unpriced forks nameless'
        case import count 'git hook'
            echo '+none'
        case commit log
            echo 'words HEAD'
        case 'prices show'
            echo 'model'
        case 'shell init' 'shell completion'
            echo 'words bash zsh fish pwsh'
        case notify
            echo 'words claude-code codex'
            echo '+none'
    end
end

complete -c tokmeter -f
complete -c tokmeter -n __tokmeter_at_argument -k -a '(__tokmeter_argument)'
complete -c tokmeter -n '__tokmeter_at_top' -l version -s V -d 'Print the version.'
complete -c tokmeter -n '__tokmeter_using week day month year models projects sessions anatomy explain export reconcile audit log' -l since -x -k -a '(__tokmeter_value day)' -d 'From this day or instant on.'
complete -c tokmeter -n '__tokmeter_using week day month year models projects sessions anatomy explain export reconcile audit log' -l until -x -k -a '(__tokmeter_value day)' -d 'Up to and including this day; an instant is exclusive.'
complete -c tokmeter -n '__tokmeter_using week day month year models projects sessions anatomy explain export reconcile audit commit log' -l source -x -k -a '(__tokmeter_value source)' -d 'Only this assistant (claude-code, codex …). Repeatable.'
complete -c tokmeter -n '__tokmeter_using week day month year models projects sessions anatomy explain export reconcile audit' -l project -x -k -a '(__tokmeter_value project)' -d 'Only this project: a folder, or its name. Repeatable.'
complete -c tokmeter -n '__tokmeter_using week day month year models projects sessions anatomy explain export reconcile audit' -l model -x -k -a '(__tokmeter_value model)' -d 'Only this model; also a pattern like claude-*. Repeatable.'
complete -c tokmeter -n '__tokmeter_using week day month year models projects sessions session sources anatomy explain import reconcile count audit commit log sync reprice "prices show" tokenizers "tokenizers calibrate" paths doctor' -l json -d 'One JSON document on stdout.'
complete -c tokmeter -n '__tokmeter_using week day month year models projects sessions session sources anatomy explain reconcile count audit commit log tokenizers "tokenizers calibrate"' -l plain -d 'Tab-separated, raw integers.'
complete -c tokmeter -n '__tokmeter_using week day month year models projects sessions session sources anatomy explain reconcile count audit commit log tokenizers "tokenizers calibrate"' -l format -x -k -a '(__tokmeter_value words text plain json csv md)' -d 'How to print it.'
complete -c tokmeter -n '__tokmeter_using week day month year models projects sessions session sources anatomy explain reconcile count audit commit log tokenizers "tokenizers calibrate"' -l wide -d 'More columns (the default from 120 columns on).'
complete -c tokmeter -n '__tokmeter_using week day month year models projects sessions session sources anatomy explain reconcile count audit commit log tokenizers "tokenizers calibrate"' -l exact -d 'Exact token counts instead of 56.3M.'
complete -c tokmeter -n '__tokmeter_using week day month year models projects sessions session sources anatomy explain export reconcile audit commit log tokenizers "tokenizers calibrate" doctor' -l no-sync -d 'Report from the ledger as it is.'
complete -c tokmeter -n '__tokmeter_using week day month year models projects sessions session sources anatomy explain export audit tokenizers "tokenizers calibrate"' -l demo -d 'Show it on a small invented history instead of your logs.'
complete -c tokmeter -n '__tokmeter_using week day month year models projects sessions session sources anatomy explain export import reconcile count audit commit log sync reprice "prices show" tokenizers "tokenizers calibrate" paths prompt "shell init" "shell completion" statusline "statusline install" "statusline remove" notify "git install" "git remove" "git status" "git hook" doctor' -l home -x -k -a '(__tokmeter_value folder)' -d 'Look for the assistants\' logs under DIR.'
complete -c tokmeter -n '__tokmeter_using week day month year models projects sessions session sources anatomy explain export import reconcile count audit commit log sync reprice "prices show" tokenizers "tokenizers calibrate" paths prompt "shell init" "shell completion" statusline "statusline install" "statusline remove" notify "git install" "git remove" "git status" "git hook" doctor' -l as-of -x -d 'Take this as now: 2026-11-21 (its end) or 2026-11-21T17:00.'
complete -c tokmeter -n '__tokmeter_using week day month year models projects sessions session sources anatomy explain export import reconcile count audit commit log sync reprice "prices show" tokenizers "tokenizers calibrate" paths prompt "shell init" "shell completion" statusline "statusline install" "statusline remove" notify "git install" "git remove" "git status" "git hook" doctor' -l tz -x -d 'Cut days and weeks in this time zone, e.g. Europe/Berlin.'
complete -c tokmeter -n '__tokmeter_using week day month year models projects sessions session sources anatomy explain export import reconcile count audit commit log sync reprice "prices show" tokenizers "tokenizers calibrate" paths "shell init" "shell completion" statusline "statusline install" "statusline remove" notify "git install" "git remove" "git status" "git hook" doctor' -l color -x -k -a '(__tokmeter_value words auto always never)' -d 'Colour on stdout.'
complete -c tokmeter -n '__tokmeter_using week day month year models projects sessions session sources anatomy explain export import reconcile count audit commit log sync reprice "prices show" tokenizers "tokenizers calibrate" paths prompt "shell init" "shell completion" statusline "statusline install" "statusline remove" notify "git install" "git remove" "git status" "git hook" doctor' -l quiet -s q -d 'Say nothing on stderr but errors.'
complete -c tokmeter -n '__tokmeter_using week day month year models projects sessions session sources anatomy explain export import reconcile count audit commit log sync reprice "prices show" tokenizers "tokenizers calibrate" paths prompt "shell init" "shell completion" statusline "statusline install" "statusline remove" notify "git install" "git remove" "git status" "git hook" doctor' -l verbose -s v -d 'Say more.'
complete -c tokmeter -n '__tokmeter_using week day month year models projects sessions session sources anatomy explain export import reconcile count audit commit log sync reprice "prices show" tokenizers "tokenizers calibrate" paths prompt "shell init" "shell completion" statusline "statusline install" "statusline remove" notify "git install" "git remove" "git status" "git hook" doctor' -l help -s h -d 'Show the help of this command.'
complete -c tokmeter -n '__tokmeter_using export' -l format -x -k -a '(__tokmeter_value words jsonl csv)' -d 'One JSON object or one CSV row a line.'
complete -c tokmeter -n '__tokmeter_using export' -l output -s o -r -F -d 'Write to FILE, not stdout.'
complete -c tokmeter -n '__tokmeter_using export' -l json -d 'The same as --format jsonl.'
complete -c tokmeter -n '__tokmeter_using import' -l format -x -d 'Read it as this format, whatever it looks like.'
complete -c tokmeter -n '__tokmeter_using import' -l map -x -d 'A CSV\'s columns: ts=Date,model=Model,in=In,out=Out,cost=USD.'
complete -c tokmeter -n '__tokmeter_using import' -l dry-run -s n -d 'Say what an import would do, and keep nothing.'
complete -c tokmeter -n '__tokmeter_using reconcile' -l statement -r -F -d 'Also this statement, without keeping it in the ledger.'
complete -c tokmeter -n '__tokmeter_using reconcile' -l check -d 'Exit with 3 unless bill and list cost agree within the tolerance.'
complete -c tokmeter -n '__tokmeter_using reconcile' -l tolerance -x -d 'The part of the bill by which they may differ.'
complete -c tokmeter -n '__tokmeter_using count' -l model -s m -x -k -a '(__tokmeter_value model)' -d 'Count for this model, not for your own. Repeatable.'
complete -c tokmeter -n '__tokmeter_using count' -l tokenizer -r -F -d 'Count by this tokenizer.json as well.'
complete -c tokmeter -n '__tokmeter_using count' -l files -d 'A row for every file, the largest first.'
complete -c tokmeter -n '__tokmeter_using count' -l no-ignore -d 'Also count what git ignores.'
complete -c tokmeter -n '__tokmeter_using commit' -l pending -d 'What has been used since the last commit.'
complete -c tokmeter -n '__tokmeter_using commit log' -s C -x -k -a '(__tokmeter_value folder)' -d 'The repository that holds DIR, instead of this folder\'s.'
complete -c tokmeter -n '__tokmeter_using log' -l limit -s n -x -d 'At most this many commits (20 where nothing ends the list).'
complete -c tokmeter -n '__tokmeter_using sync' -l verify -d 'Look into every log, also those that seem unchanged.'
complete -c tokmeter -n '__tokmeter_using sync' -l background -d 'As prompts start it: without a word, and always with exit status 0.'
complete -c tokmeter -n '__tokmeter_using reprice' -l since -x -k -a '(__tokmeter_value day)' -d 'Only entries from this day on.'
complete -c tokmeter -n '__tokmeter_using reprice' -l dry-run -s n -d 'Say what would change; change nothing.'
complete -c tokmeter -n '__tokmeter_using "prices show"' -l at -x -k -a '(__tokmeter_value day)' -d 'The prices of this day, not of today.'
complete -c tokmeter -n '__tokmeter_using prompt' -l short -d 'The short text: 4.84/66%.'
complete -c tokmeter -n '__tokmeter_using prompt' -l format -x -d 'Your own text; {today_cost}, {week_tokens} … are filled in.'
complete -c tokmeter -n '__tokmeter_using prompt' -l shell -x -k -a '(__tokmeter_value words bash zsh fish pwsh tmux)' -d 'Escape it for the prompt of this shell.'
complete -c tokmeter -n '__tokmeter_using prompt' -l color -x -k -a '(__tokmeter_value words auto always never)' -d 'Colour over budget; auto: on a terminal.'
complete -c tokmeter -n '__tokmeter_using "shell init"' -l short -d 'Show the short text: 4.84/66%.'
complete -c tokmeter -n '__tokmeter_using "shell init"' -l no-show -d 'Set the variable TOKMETER_PROMPT only; you place it.'
complete -c tokmeter -n '__tokmeter_using statusline "statusline install"' -l show -x -d 'What to show, in this order: model,context,limits,session,prompt.'
complete -c tokmeter -n '__tokmeter_using "statusline install"' -l hooks -d 'Also Claude Code\'s hooks, so that figures are new after each answer.'
complete -c tokmeter -n '__tokmeter_using "statusline install"' -l codex -d 'Codex\'s notify instead of Claude Code\'s status line; with --hooks both.'
complete -c tokmeter -n '__tokmeter_using "statusline install"' -l replace -d 'Take the place of another program\'s status line; remove brings it back.'
complete -c tokmeter -n '__tokmeter_using "statusline install"' -l repair -d 'Only correct the calls of tokmeter that are there, after it moved.'
complete -c tokmeter -n '__tokmeter_using "statusline install" "statusline remove"' -l settings -r -F -d 'This settings file instead of the user\'s.'
complete -c tokmeter -n '__tokmeter_using "statusline install" "statusline remove"' -l dry-run -s n -d 'Show the change and write nothing.'
complete -c tokmeter -n '__tokmeter_using "statusline install" "statusline remove" "git install" "git remove"' -l yes -s y -d 'Write without asking.'
complete -c tokmeter -n '__tokmeter_using "statusline install" "statusline remove"' -l no-input -d 'Never ask.'
complete -c tokmeter -n '__tokmeter_using "git install"' -l summary -d 'After each commit: what was used while making it, on stderr (the default).'
complete -c tokmeter -n '__tokmeter_using "git install"' -l trailer -d 'A line Tokmeter-Usage: … at the end of each commit message. Public once pushed.'
complete -c tokmeter -n '__tokmeter_using "git install"' -l assisted-by -d 'A line Assisted-by: NAME:MODEL, unless an assistant is named already.'
complete -c tokmeter -n '__tokmeter_using "git install"' -l notes -d 'The same figures as git notes in refs/notes/tokmeter, which are not pushed.'
complete -c tokmeter -n '__tokmeter_using "git install" "git remove"' -l global -d 'For every repository of yours instead of this one.'
complete -c tokmeter -n '__tokmeter_using "git install" "git remove"' -l dry-run -s n -d 'Show what would be written; write nothing.'
