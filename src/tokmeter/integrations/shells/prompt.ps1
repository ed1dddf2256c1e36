# tokmeter in the prompt of PowerShell 5.1 and later (docs/reference/prompt.md): reads one small file.
$global:__TokmeterState = @STATE@
$global:__TokmeterCommand = @(@COMMAND@)
$global:__TokmeterShort = @SHORT@
$global:__TokmeterShow = @SHOW@

function global:__TokmeterRead {
    $global:TOKMETER_PROMPT = ''
    $global:TOKMETER_PROMPT_COLOR = 'plain'
    try {
        $file = [System.IO.Path]::Combine($global:__TokmeterState, 'prompt')
        if (-not [System.IO.File]::Exists($file)) { return }
        $lines = [System.IO.File]::ReadAllText($file, [System.Text.Encoding]::UTF8).Split([char]10)
        $refresh = [long]0
        $stale = [long]0
        if ($lines.Length -lt 6) { return }
        if (-not [long]::TryParse($lines[2], [ref]$refresh)) { return }
        if (-not [long]::TryParse($lines[3], [ref]$stale)) { return }
        $now = [System.DateTimeOffset]::UtcNow.ToUnixTimeSeconds()
        $text = if ($global:__TokmeterShort) { $lines[5] } else { $lines[0] }
        $text = [regex]::Replace($text, '\p{Cc}', '')
        if ($text -and $now -ge $stale) { $text = "~$text" }
        $global:TOKMETER_PROMPT = $text
        $global:TOKMETER_PROMPT_COLOR = $lines[4]
        $soon = [System.IO.Path]::Combine($global:__TokmeterState, 'sync-soon')
        if ($now -ge $refresh -or [System.IO.File]::Exists($soon)) { __TokmeterSync $now }
    } catch { $null = $_ } # a prompt must not fail because of us
}

# Writes the time into a file that must not exist yet; whether that worked.
function global:__TokmeterCreate([string]$path, [long]$now) {
    try { $stream = [System.IO.File]::Open($path, [System.IO.FileMode]::CreateNew) } catch { return $false }
    $bytes = [System.Text.Encoding]::ASCII.GetBytes("$now`n")
    $stream.Write($bytes, 0, $bytes.Length)
    $stream.Dispose()
    return $true
}

# Starts one background sync unless somebody does already: who creates the lock first is the one.
function global:__TokmeterSync([long]$now) {
    $lock = [System.IO.Path]::Combine($global:__TokmeterState, 'sync.lock')
    if (-not (__TokmeterCreate $lock $now)) {
        $since = [long]0
        $content = [System.IO.File]::ReadAllText($lock).Trim()
        if (-not $content) {
            $since = [System.DateTimeOffset]::new([System.IO.File]::GetLastWriteTimeUtc($lock)).ToUnixTimeSeconds()
        } elseif (-not [long]::TryParse($content, [ref]$since)) { return }
        # A lock of more than ten minutes is of a sync that failed. Of those who find it, one can make this name.
        if ($now -ge $since -and $now - $since -lt 600) { return }
        if (-not (__TokmeterCreate "$lock.$since" $now)) { return }
        [System.IO.File]::WriteAllText($lock, "$now`n")
    }
    $words = @($global:__TokmeterCommand) + @('sync', '--quiet', '--background')
    $start = [System.Diagnostics.ProcessStartInfo]::new($words[0])
    # No argument of ours holds a quote or ends in a backslash.
    $start.Arguments = (($words | Select-Object -Skip 1) | ForEach-Object { '"' + $_ + '"' }) -join ' '
    $start.UseShellExecute = $false
    $start.CreateNoWindow = $true
    $start.RedirectStandardInput = $true
    $start.RedirectStandardOutput = $true
    $start.RedirectStandardError = $true
    $process = [System.Diagnostics.Process]::Start($start)
    $process.StandardInput.Close()
}

if ($global:__TokmeterShow -and -not $global:__TokmeterPromptOfUser) {
    $global:__TokmeterPromptOfUser = $function:prompt
    function global:prompt {
        $rest = & $global:__TokmeterPromptOfUser # first, because it may look at $?
        __TokmeterRead
        $rest = -join $rest
        if (-not $global:TOKMETER_PROMPT -or "$global:__TokmeterPromptOfUser" -match 'TOKMETER_PROMPT') { return $rest }
        $on = ''
        $off = ''
        if (-not $env:NO_COLOR -and $env:TERM -ne 'dumb') {
            $code = @{ red = '31'; yellow = '33' }[$global:TOKMETER_PROMPT_COLOR]
            if ($code) {
                $on = "$([char]27)[${code}m"
                $off = "$([char]27)[39m"
            }
        }
        return "$on$($global:TOKMETER_PROMPT)$off $rest"
    }
}
