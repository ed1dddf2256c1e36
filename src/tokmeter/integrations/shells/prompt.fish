# tokmeter in the prompt of fish (docs/reference/prompt.md): reads one small file, starts no process for it.
# Below fish 3.5 there is no builtin that tells the time: there, one `date` runs for every prompt.
if status is-interactive
    set -g __tokmeter_state @STATE@
    set -g __tokmeter_command @COMMAND@
    set -g __tokmeter_short @SHORT@
    set -g __tokmeter_show @SHOW@
    set -g __tokmeter_locale $LC_ALL $LC_CTYPE $LANG UTF-8
    string match -qi '*utf*' -- $__tokmeter_locale[1]; and set -g __tokmeter_ascii ''; or set -g __tokmeter_ascii 1

    function __tokmeter_precmd --on-event fish_prompt
        set -g TOKMETER_PROMPT ''
        set -g TOKMETER_PROMPT_COLOR plain
        set -l file $__tokmeter_state/prompt
        if test -r "$file" -a -f "$file"
            set -l text ''
            read --line text taken refresh stale color short <$file 2>/dev/null
            if string match -qr '^[0-9]{1,15} [0-9]{1,15}$' -- "$refresh $stale"
                set -l now (__tokmeter_clock $file)
                test -n "$__tokmeter_short"; and set text $short
                if string match -qr '[\x00-\x1f\x7f-\x9f]' -- "$text"
                    set text (string replace -ra '[\x00-\x1f\x7f-\x9f]' '' -- "$text")
                end
                if test -n "$__tokmeter_ascii"
                    set text (string replace -a · '|' -- "$text" | string replace -a — -)
                end
                test -n "$text" -a "$now" -ge "$stale"; and set text "~$text"
                set TOKMETER_PROMPT "$text"
                contains -- "$color" red yellow; and set TOKMETER_PROMPT_COLOR $color
                if test "$now" -ge "$refresh" -o -e $__tokmeter_state/sync-soon
                    __tokmeter_sync $now
                end
            end
        end
        test -n "$__tokmeter_show"; and __tokmeter_place
    end

    # Epoch seconds: the time of a file, and how long ago that is.
    if builtin -q path
        function __tokmeter_clock
            math (path mtime -- $argv[1]) + (path mtime -R -- $argv[1])
        end
    else
        function __tokmeter_clock
            command date +%s
        end
    end

    # Starts one background sync unless somebody does already: who creates the lock first is the one. That is
    # left to the process that is started anyway, because fish itself cannot fail to create a file in silence.
    set -g __tokmeter_take '
        set -C
        now=$1 lock=$2 since=$3
        shift 3
        if test -n "$since"; then
            echo "$now" >"$lock.$since" && echo "$now" >|"$lock" || exit
        else
            echo "$now" >"$lock" || exit
        fi
        exec "$@" sync --quiet --background'

    function __tokmeter_sync -a now
        set -l lock $__tokmeter_state/sync.lock
        set -l since ''
        if test -e $lock
            test -r $lock; and read --line since <$lock 2>/dev/null
            if test -z "$since" -a $lock -ot $__tokmeter_state/prompt
                set since 0 # nothing could be written into it, and a sync has ended since
            end
            # A lock of more than ten minutes is of a sync that failed. Of those who find it, one can make a
            # name that ends in its age.
            string match -qr '^[0-9]{1,15}$' -- "$since"; or return
            test "$now" -lt "$since" -o (math "$now - $since") -ge 600; or return
            set since (math "$since")
        end
        command sh -c $__tokmeter_take sh $now $lock "$since" $__tokmeter_command </dev/null >/dev/null 2>&1 &
        disown $last_pid 2>/dev/null
    end

    function __tokmeter_text
        if test "$TOKMETER_PROMPT_COLOR" = plain -o -n "$NO_COLOR" -o "$TERM" = dumb
            printf %s "$TOKMETER_PROMPT"
        else
            set_color $TOKMETER_PROMPT_COLOR
            printf %s "$TOKMETER_PROMPT"
            set_color normal
        end
    end

    # Shows the text in the right prompt, before the user's own, once all of the user's settings are loaded.
    function __tokmeter_place
        set -g __tokmeter_show ''
        if string match -q '*TOKMETER_PROMPT*' -- (functions fish_prompt) (functions fish_right_prompt)
            return
        end
        if not functions -q fish_right_prompt
            functions --copy __tokmeter_text fish_right_prompt
            return
        end
        functions --copy fish_right_prompt __tokmeter_right_prompt_of_user
        function fish_right_prompt
            set -l before (__tokmeter_right_prompt_of_user) # first, because it may look at $status
            __tokmeter_text
            test -n "$before" -a -n "$TOKMETER_PROMPT"; and printf ' '
            printf %s "$before"
        end
    end
end
