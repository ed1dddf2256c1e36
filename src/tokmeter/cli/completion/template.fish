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

@TABLES@
