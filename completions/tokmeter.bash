# Completions of tokmeter for bash. Written by scripts/completions.py; do not edit.
#
# TAB starts no program: names come out of a small file that tokmeter writes into its cache folder.
# Names are text out of logs: they are compared and quoted here, never evaluated.

_tokmeter_firsts=(week day month year models projects sessions session sources anatomy explain export import reconcile count audit commit log sync reprice prices tokenizers paths prompt shell statusline notify git doctor help)
_tokmeter_top_switches=(--version -V)
_tokmeter_period_starts=(today yesterday this last week month year 7d 30d all)
_tokmeter_period_units=(day week month year)
_tokmeter_top_periods=(today yesterday this last)
_tokmeter_days=(today yesterday)
# Shared switches that take the next word.
_tokmeter_is_valued() { case $1 in --since | --until | --source | --project | --model | --format | --home | --as-of | --tz | --color) return 0 ;; esac; return 1; }
# Second words: sets `seconds`.
_tokmeter_seconds() {
    seconds=()
    case $1 in
        prices) seconds=(show) ;;
        tokenizers) seconds=(calibrate) ;;
        shell) seconds=(init completion) ;;
        statusline) seconds=(install remove) ;;
        git) seconds=(install remove status hook) ;;
    esac
}
# What a command takes: sets `switches`, `takes` (a switch, its value) and `arguments`.
_tokmeter_form() {
    switches=() takes=() arguments=()
    case $1 in
        week | day | month | year | models | projects | sessions | anatomy | audit)
            switches=(--since --until --source --project --model --json --plain --format --wide --exact --no-sync --demo --home --as-of --tz --color --quiet -q --verbose -v --help -h)
            takes=('--since day' '--until day' '--source source' '--project project' '--model model' '--format words text plain json csv md' '--home folder' '--as-of none' '--tz none' '--color words auto always never')
            arguments=('+period')
            ;;
        session)
            switches=(--json --plain --format --wide --exact --no-sync --demo --home --as-of --tz --color --quiet -q --verbose -v --help -h)
            takes=('--format words text plain json csv md' '--home folder' '--as-of none' '--tz none' '--color words auto always never')
            arguments=('session')
            ;;
        sources | tokenizers | 'tokenizers calibrate')
            switches=(--json --plain --format --wide --exact --no-sync --demo --home --as-of --tz --color --quiet -q --verbose -v --help -h)
            takes=('--format words text plain json csv md' '--home folder' '--as-of none' '--tz none' '--color words auto always never')
            ;;
        explain)
            switches=(--since --until --source --project --model --json --plain --format --wide --exact --no-sync --demo --home --as-of --tz --color --quiet -q --verbose -v --help -h)
            takes=('--since day' '--until day' '--source source' '--project project' '--model model' '--format words text plain json csv md' '--home folder' '--as-of none' '--tz none' '--color words auto always never')
            arguments=('+subject estimates partial unpriced forks nameless')
            ;;
        export)
            switches=(--format --output -o --json --since --until --source --project --model --no-sync --demo --home --as-of --tz --color --quiet -q --verbose -v --help -h)
            takes=('--format words jsonl csv' '--output file' '-o file' '--since day' '--until day' '--source source' '--project project' '--model model' '--home folder' '--as-of none' '--tz none' '--color words auto always never')
            ;;
        import)
            switches=(--format --map --dry-run -n --json --home --as-of --tz --color --quiet -q --verbose -v --help -h)
            takes=('--format none' '--map none' '--home folder' '--as-of none' '--tz none' '--color words auto always never')
            arguments=('+none')
            ;;
        reconcile)
            switches=(--statement --check --tolerance --since --until --source --project --model --json --plain --format --wide --exact --no-sync --home --as-of --tz --color --quiet -q --verbose -v --help -h)
            takes=('--statement file' '--tolerance none' '--since day' '--until day' '--source source' '--project project' '--model model' '--format words text plain json csv md' '--home folder' '--as-of none' '--tz none' '--color words auto always never')
            arguments=('+period')
            ;;
        count)
            switches=(--model -m --tokenizer --files --no-ignore --json --plain --format --wide --exact --home --as-of --tz --color --quiet -q --verbose -v --help -h)
            takes=('--model model' '-m model' '--tokenizer file' '--format words text plain json csv md' '--home folder' '--as-of none' '--tz none' '--color words auto always never')
            arguments=('+none')
            ;;
        commit)
            switches=(--pending --source -C --json --plain --format --wide --exact --no-sync --home --as-of --tz --color --quiet -q --verbose -v --help -h)
            takes=('--source source' '-C folder' '--format words text plain json csv md' '--home folder' '--as-of none' '--tz none' '--color words auto always never')
            arguments=('words HEAD')
            ;;
        log)
            switches=(--limit -n --source -C --since --until --json --plain --format --wide --exact --no-sync --home --as-of --tz --color --quiet -q --verbose -v --help -h)
            takes=('--limit none' '-n none' '--source source' '-C folder' '--since day' '--until day' '--format words text plain json csv md' '--home folder' '--as-of none' '--tz none' '--color words auto always never')
            arguments=('words HEAD')
            ;;
        sync)
            switches=(--verify --background --json --home --as-of --tz --color --quiet -q --verbose -v --help -h)
            takes=('--home folder' '--as-of none' '--tz none' '--color words auto always never')
            ;;
        reprice)
            switches=(--since --dry-run -n --json --home --as-of --tz --color --quiet -q --verbose -v --help -h)
            takes=('--since day' '--home folder' '--as-of none' '--tz none' '--color words auto always never')
            ;;
        'prices show')
            switches=(--at --json --home --as-of --tz --color --quiet -q --verbose -v --help -h)
            takes=('--at day' '--home folder' '--as-of none' '--tz none' '--color words auto always never')
            arguments=('model')
            ;;
        paths)
            switches=(--json --home --as-of --tz --color --quiet -q --verbose -v --help -h)
            takes=('--home folder' '--as-of none' '--tz none' '--color words auto always never')
            ;;
        prompt)
            switches=(--short --format --shell --color --home --as-of --tz --quiet -q --verbose -v --help -h)
            takes=('--format none' '--shell words bash zsh fish pwsh tmux' '--color words auto always never' '--home folder' '--as-of none' '--tz none')
            ;;
        'shell init')
            switches=(--short --no-show --home --as-of --tz --color --quiet -q --verbose -v --help -h)
            takes=('--home folder' '--as-of none' '--tz none' '--color words auto always never')
            arguments=('words bash zsh fish pwsh')
            ;;
        'shell completion')
            switches=(--home --as-of --tz --color --quiet -q --verbose -v --help -h)
            takes=('--home folder' '--as-of none' '--tz none' '--color words auto always never')
            arguments=('words bash zsh fish pwsh')
            ;;
        statusline)
            switches=(--show --home --as-of --tz --color --quiet -q --verbose -v --help -h)
            takes=('--show none' '--home folder' '--as-of none' '--tz none' '--color words auto always never')
            ;;
        'statusline install')
            switches=(--hooks --codex --show --replace --repair --settings --dry-run -n --yes -y --no-input --home --as-of --tz --color --quiet -q --verbose -v --help -h)
            takes=('--show none' '--settings file' '--home folder' '--as-of none' '--tz none' '--color words auto always never')
            ;;
        'statusline remove')
            switches=(--settings --dry-run -n --yes -y --no-input --home --as-of --tz --color --quiet -q --verbose -v --help -h)
            takes=('--settings file' '--home folder' '--as-of none' '--tz none' '--color words auto always never')
            ;;
        notify)
            switches=(--home --as-of --tz --color --quiet -q --verbose -v --help -h)
            takes=('--home folder' '--as-of none' '--tz none' '--color words auto always never')
            arguments=('words claude-code codex' '+none')
            ;;
        'git install')
            switches=(--summary --trailer --assisted-by --notes --global --dry-run -n --yes -y --home --as-of --tz --color --quiet -q --verbose -v --help -h)
            takes=('--home folder' '--as-of none' '--tz none' '--color words auto always never')
            ;;
        'git remove')
            switches=(--global --dry-run -n --yes -y --home --as-of --tz --color --quiet -q --verbose -v --help -h)
            takes=('--home folder' '--as-of none' '--tz none' '--color words auto always never')
            ;;
        'git status')
            switches=(--home --as-of --tz --color --quiet -q --verbose -v --help -h)
            takes=('--home folder' '--as-of none' '--tz none' '--color words auto always never')
            ;;
        'git hook')
            switches=(--home --as-of --tz --color --quiet -q --verbose -v --help -h)
            takes=('--home folder' '--as-of none' '--tz none' '--color words auto always never')
            arguments=('+none')
            ;;
        doctor)
            switches=(--json --no-sync --home --as-of --tz --color --quiet -q --verbose -v --help -h)
            takes=('--home folder' '--as-of none' '--tz none' '--color words auto always never')
            ;;
        *) return 1 ;;
    esac
}
_tokmeter() {
    local IFS=$' \t\n'
    local -a words=() switches=() takes=() arguments=() seconds=() given=()
    local cur='' kept='' quote='' redirect='' front=''
    COMPREPLY=()
    _tokmeter_split
    if [[ -n $redirect ]]; then
        _tokmeter_files default
        return
    fi

    # The command: the first word that is no switch and no shared switch's value.
    local name='' first='' second='' word='' skip='' at=0 below=0 n count=${#words[@]}
    for ((n = 1; n < count; n++)); do
        word=${words[n]}
        if [[ -n $skip ]]; then
            skip=''
        elif _tokmeter_is_valued "$word"; then
            skip=1
        elif [[ $word != -* ]]; then
            first=$word at=$n
            break
        fi
    done
    if ((at)); then
        _tokmeter_seconds "$first"
        if ((at + 1 < count)); then second=${words[at + 1]}; fi
        if [[ $first == help ]]; then
            _tokmeter_help "$second"
            return
        elif [[ -n $second ]] && _tokmeter_form "$first $second"; then
            name="$first $second" below=$((at + 1))
        elif _tokmeter_form "$first"; then
            name=$first
        elif ((${#seconds[@]})); then
            ((at + 1 < count)) || _tokmeter_add "${seconds[@]}"
            return
        else
            # A period without a command is a week.
            name=week at=0
        fi
    else
        name=week
    fi
    _tokmeter_form "$name"

    # What stands before the cursor: arguments, and perhaps a switch that waits for its value.
    local expecting='' ended='' value=''
    for ((n = 1; n < count; n++)); do
        word=${words[n]}
        if ((n == at || n == below)); then
            continue
        elif [[ -n $expecting ]]; then
            expecting=''
        elif [[ -n $ended ]]; then
            given+=("$word")
        elif [[ $word == -- ]]; then
            ended=1
        elif _tokmeter_takes "$word"; then
            expecting=$value
        elif [[ $word != -?* ]]; then
            given+=("$word")
        fi
    done

    if [[ -n $expecting ]]; then
        _tokmeter_value $expecting
    elif [[ -z $ended && $cur == --*=* ]]; then
        front="${cur%%=*}="
        if _tokmeter_takes "${cur%%=*}"; then _tokmeter_value $value; fi
    elif [[ -z $ended && $cur == -* ]]; then
        _tokmeter_add "${switches[@]}"
        if [[ -z $first ]]; then _tokmeter_add "${_tokmeter_top_switches[@]}"; fi
    else
        _tokmeter_words
    fi
}

# Commands, their second words, or the argument that is due.
_tokmeter_words() {
    local many='' slot=''
    if [[ -z $first && -z $ended ]]; then
        _tokmeter_add "${_tokmeter_firsts[@]}"
        if [[ -n $cur ]]; then _tokmeter_add "${_tokmeter_top_periods[@]}"; fi
        return
    fi
    if ((at && at + 1 == count && ${#seconds[@]})); then _tokmeter_add "${seconds[@]}"; fi
    local due=${#given[@]} last=$((${#arguments[@]} - 1))
    if ((last < 0)); then return; fi
    if ((due > last)); then
        slot=${arguments[last]}
        if [[ $slot != +* ]]; then return; fi
    else
        slot=${arguments[due]}
    fi
    _tokmeter_value ${slot#+}
}

# The commands after `help`.
_tokmeter_help() {
    if ((at + 1 == count)); then
        _tokmeter_add "${_tokmeter_firsts[@]}"
    elif ((at + 2 == count)); then
        _tokmeter_seconds "$1"
        if ((${#seconds[@]})); then _tokmeter_add "${seconds[@]}"; fi
    fi
}

# Whether a switch takes a value: sets `value`.
_tokmeter_takes() {
    local entry
    value=''
    if ((!${#takes[@]})); then return 1; fi
    for entry in "${takes[@]}"; do
        if [[ ${entry%% *} == "$1" ]]; then
            value=${entry#* }
            return 0
        fi
    done
    return 1
}

# What may stand in a place of this kind.
_tokmeter_value() {
    local kind=$1
    shift
    case $kind in
        words) _tokmeter_add "$@" ;;
        file) _tokmeter_files default ;;
        folder) _tokmeter_files dirnames ;;
        day) _tokmeter_add "${_tokmeter_days[@]}" ;;
        period) _tokmeter_period ;;
        subject)
            if ((${#given[@]})); then
                _tokmeter_period
            else
                _tokmeter_names model
                _tokmeter_add "$@"
                _tokmeter_period
                if [[ $cur == */* ]]; then _tokmeter_files default; fi
            fi
            ;;
        project)
            if [[ $cur == */* ]]; then
                _tokmeter_names folder
                _tokmeter_files dirnames
            else
                _tokmeter_names project
            fi
            ;;
        model | source | session) _tokmeter_names "$kind" ;;
    esac
}

_tokmeter_period() {
    local count=${#given[@]} before=''
    if ((count)); then before=${given[count - 1]}; fi
    case $before in
        this | last | previous | current) _tokmeter_add "${_tokmeter_period_units[@]}" ;;
        *) if ((count < 2)); then _tokmeter_add "${_tokmeter_period_starts[@]}"; fi ;;
    esac
}

# Names of one kind out of the names file, in its order: the most used ones first.
_tokmeter_names() {
    local file='' kind name
    local -a found=()
    _tokmeter_names_file
    if [[ ! -f $file || ! -r $file ]]; then return; fi
    while IFS=$'\t' read -r kind name; do
        if [[ $kind == "$1" ]]; then found+=("$name"); fi
    done 2>/dev/null <"$file"
    if ((${#found[@]})); then
        _tokmeter_add "${found[@]}"
        _tokmeter_option nosort
    fi
}

# Where the names file is: sets `file`.
_tokmeter_names_file() {
    local base=${TOKMETER_HOME-} cache=${XDG_CACHE_HOME-}
    if [[ -n $base ]]; then
        case $base in '~' | '~/'*) base=${HOME-}${base:1} ;; esac
        file=$base/cache/names
    elif [[ $cache == /* ]]; then
        file=$cache/tokmeter/names
    elif [[ ${OSTYPE-} == darwin* ]]; then
        file=${HOME-}/Library/Caches/tokmeter/names
    else
        file=${HOME-}/.cache/tokmeter/names
    fi
}

# Readline completes a file or a folder where nothing else was found.
_tokmeter_files() { _tokmeter_option "$1"; }

_tokmeter_option() {
    # bash before 4.0 has no compopt, before 4.4 no nosort: they do without.
    compopt -o "$1" 2>/dev/null
}

# Offer the words that begin as the one at the cursor does, in the quoting that stands there.
_tokmeter_add() {
    local word rest
    for word in "$@"; do
        word=$front$word
        if [[ $word == "$cur"* ]]; then
            rest=${word:${#kept}}
            _tokmeter_quote
            COMPREPLY+=("$rest")
        fi
    done
}

# Quotes `rest`.
_tokmeter_quote() {
    local out='' char i
    if [[ -z $quote ]]; then
        printf -v rest %q "$rest"
        return
    fi
    for ((i = 0; i < ${#rest}; i++)); do
        char=${rest:i:1}
        case $quote$char in
            "''") out+="'\\''" ;;
            '"!') out+='"\!"' ;;
            '""' | '"$' | '"`' | '"\') out+=\\$char ;;
            *) out+=$char ;;
        esac
    done
    # Readline closes the quote, but not behind a character that looks as if it did.
    if [[ $out == *"$quote" ]]; then out+=$quote; fi
    rest=$out
}

# The line up to the cursor as words without their quotes: sets `words` and `cur`.
# `quote` is a quote still open, `kept` the part of `cur` that readline leaves as it stands.
_tokmeter_split() {
    local line=${COMP_LINE:0:COMP_POINT} char next begun='' broken='' quoted='' i
    for ((i = 0; i < ${#line}; i++)); do
        char=${line:i:1}
        if [[ $quote == "'" ]]; then
            if [[ $char == "'" ]]; then quote=''; else cur+=$char; fi
        elif [[ $char == \\ ]]; then
            i=$((i + 1)) next=${line:i:1}
            case $next in
                '' | \$ | \` | \" | \\) ;;
                *) if [[ -n $quote ]]; then cur+=\\; fi ;;
            esac
            cur+=$next begun=1
        elif [[ $quote == '"' ]]; then
            if [[ $char == '"' ]]; then quote=''; else cur+=$char; fi
        elif [[ $char == [\'\"] ]]; then
            quote=$char quoted=$cur begun=1
        elif [[ $char == [[:space:]\<\>] ]]; then
            if [[ -n $begun && -z $redirect ]]; then words+=("$cur"); fi
            if [[ -n $begun ]]; then redirect=''; fi
            cur='' begun='' broken=''
            if [[ $char == [\<\>] ]]; then redirect=1; fi
        else
            cur+=$char begun=1
            if [[ ${COMP_WORDBREAKS-} == *"$char"* ]]; then broken=$cur; fi
        fi
    done
    if [[ -n $quote ]]; then kept=$quoted; else kept=$broken; fi
}

complete -F _tokmeter tokmeter
