# tokmeter in the prompt of zsh (docs/reference/prompt.md): reads one small file, starts no process for it.
if [[ -o interactive ]]; then
  typeset -g __tokmeter_state=@STATE@
  typeset -ga __tokmeter_command
  __tokmeter_command=(@COMMAND@)
  typeset -g __tokmeter_short=@SHORT@
  typeset -g __tokmeter_show=@SHOW@
  zmodload zsh/datetime 2>/dev/null

  __tokmeter_precmd() {
    local code=$? show=$__tokmeter_show
    [[ -o promptpercent ]] || show=
    emulate -L zsh
    local text= taken= refresh= stale= color= short= locale=${LC_ALL:-${LC_CTYPE:-${LANG:-UTF-8}}}
    local file=$__tokmeter_state/prompt clock='%D{%s}'
    local -i now
    typeset -g TOKMETER_PROMPT=
    if [[ -r $file && ! -d $file ]]; then
      {
        IFS= read -r text && read -r taken && read -r refresh && read -r stale && read -r color &&
          IFS= read -r short
      } <$file 2>/dev/null
      # Only digits may reach arithmetic, which would run what stands in a subscript.
      if [[ -n $refresh && -n $stale && $#refresh -le 15 && $#stale -le 15 &&
        $refresh$stale != *[^0123456789]* ]]; then
        now=${EPOCHSECONDS:-${(%)clock}}
        [[ -n $__tokmeter_short ]] && text=$short
        text=${text//[[:cntrl:]]/}
        [[ $locale == *[Uu][Tt][Ff]* ]] || text=${${text//·/|}//—/-}
        [[ -n $text ]] && (( now >= stale )) && text="~$text"
        TOKMETER_PROMPT=$text
        if (( now >= refresh )) || [[ -e $__tokmeter_state/sync-soon ]]; then
          __tokmeter_sync $now
        fi
      fi
    fi
    # The prompt shows psvar 20 by %20v, whose value zsh does not expand again, whatever its options are.
    psvar[20]=$TOKMETER_PROMPT
    psvar[21]= psvar[22]=
    if [[ -z $NO_COLOR && $TERM != dumb ]]; then
      [[ $color == red ]] && psvar[21]=1
      [[ $color == yellow ]] && psvar[22]=1
    fi
    if [[ -n $show && $PROMPT$RPROMPT != *(%20v|TOKMETER_PROMPT)* ]]; then
      local gap=${RPROMPT:+ }
      RPROMPT="%(20V.%(21V.%F{red}%20v%f.%(22V.%F{yellow}%20v%f.%20v))$gap.)$RPROMPT"
    fi
    return $code
  }

  # Starts one background sync unless somebody does already: who creates the lock first is the one.
  __tokmeter_sync() {
    emulate -L zsh
    setopt no_clobber
    local lock=$__tokmeter_state/sync.lock since=
    local -i now=$1 mine=0
    if { print -r -- $now >$lock } 2>/dev/null; then
      mine=1
    else
      { IFS= read -r since <$lock } 2>/dev/null
      if [[ -z $since && -e $lock && $lock -ot $__tokmeter_state/prompt ]]; then
        since=0 # nothing could be written into it, and a sync has ended since
      fi
      # A lock of more than ten minutes is of a sync that failed. Of those who find it, one can make this name.
      if [[ -n $since && $#since -le 15 && $since != *[^0123456789]* ]] &&
        (( now < since || now - since >= 600 )); then
        since=$(( since ))
        { print -r -- $now >$lock.$since && print -r -- $now >|$lock } 2>/dev/null && mine=1
      fi
    fi
    (( mine )) || return 0
    (
      trap '' HUP
      $__tokmeter_command sync --quiet --background </dev/null >/dev/null 2>&1 &
    ) 2>/dev/null
    return 0
  }

  typeset -ga precmd_functions
  if [[ " ${precmd_functions[*]} " != *" __tokmeter_precmd "* ]]; then
    precmd_functions+=(__tokmeter_precmd)
  fi
fi
