# Completions of tokmeter for PowerShell. Written by scripts/completions.py; do not edit.
#
# TAB starts no program: names come out of a small file that tokmeter writes into its cache folder.
# Names are text out of logs: they are compared and quoted here, never evaluated.

Register-ArgumentCompleter -Native -CommandName tokmeter -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

@TABLES@
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
