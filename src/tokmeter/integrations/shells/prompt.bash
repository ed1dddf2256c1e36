# tokmeter in the prompt of bash (docs/reference/prompt.md): reads one small file, starts no process for it.
# Works from bash 3.2 on. Written so that `set -e`, `set -u`, `set -C` and any IFS do not matter.
if [[ $- == *i* ]]; then
  __tokmeter_state=@STATE@
  __tokmeter_command=(@COMMAND@)
  __tokmeter_short=@SHORT@
  __tokmeter_show=@SHOW@
  __tokmeter_ascii=
  case ${LC_ALL:-${LC_CTYPE:-${LANG:-UTF-8}}} in *[Uu][Tt][Ff]*) ;; *) __tokmeter_ascii=1 ;; esac

  # The clock in epoch seconds: a variable from 5.0 on, printf from 4.2 on, else one `date` for the whole session.
  if [[ -n ${EPOCHSECONDS-} ]]; then
    __tokmeter_clock() { __tokmeter_now=$EPOCHSECONDS; }
  elif printf -v __tokmeter_now '%(%s)T' -1 2>/dev/null; then
    __tokmeter_clock() { printf -v __tokmeter_now '%(%s)T' -1; }
  else
    __tokmeter_started=$(($(date +%s) - SECONDS))
    __tokmeter_clock() { __tokmeter_now=$((__tokmeter_started + SECONDS)); }
  fi

  __tokmeter_precmd() {
    local code=$? text= taken= refresh= stale= color= short=
    TOKMETER_PROMPT= __tokmeter_on= __tokmeter_off=
    if [[ -r $__tokmeter_state/prompt ]]; then
      {
        IFS= read -r text && read -r taken && read -r refresh && read -r stale && read -r color &&
          IFS= read -r short || :
      } 2>/dev/null <"$__tokmeter_state/prompt" || :
      # Only digits may reach arithmetic, which would run what stands in a subscript.
      if [[ -n $refresh && -n $stale && ${#refresh} -le 15 && ${#stale} -le 15 &&
        $refresh$stale != *[!0123456789]* ]]; then
        __tokmeter_clock
        if [[ -n $__tokmeter_short ]]; then text=$short; fi
        text=${text//[[:cntrl:]]/}
        if [[ -n $__tokmeter_ascii ]]; then text=${text//·/|} text=${text//—/-}; fi
        if [[ -n $text ]] && ((__tokmeter_now >= 10#$stale)); then text="~$text"; fi
        TOKMETER_PROMPT=$text
        if [[ -n $text && -z ${NO_COLOR-} && ${TERM-} != dumb ]]; then
          case $color in
            red) __tokmeter_on=$'\e[31m' __tokmeter_off=$'\e[39m' ;;
            yellow) __tokmeter_on=$'\e[33m' __tokmeter_off=$'\e[39m' ;;
          esac
        fi
        if ((__tokmeter_now >= 10#$refresh)) || [[ -e $__tokmeter_state/sync-soon ]]; then
          __tokmeter_sync "$__tokmeter_now"
        fi
      fi
    fi
    # PS1 names a variable, whose value bash does not expand again: whatever the text holds is shown as it is.
    if [[ -n $__tokmeter_show && ${PS1-} != *TOKMETER_PROMPT* ]] && shopt -q promptvars; then
      local ours='\[${__tokmeter_on-}\]${TOKMETER_PROMPT:+$TOKMETER_PROMPT }\[${__tokmeter_off-}\]'
      case ${PS1-} in
        '\n'*) PS1='\n'$ours${PS1#'\n'} ;;
        *) PS1=$ours${PS1-} ;;
      esac
    fi
    # Whoever comes next in PROMPT_COMMAND may look at $?; under `set -e` a failure here would end the shell.
    [[ $- == *e* ]] || return $code
  }

  # Starts one background sync unless somebody does already: who creates the lock first is the one.
  __tokmeter_sync() {
    local now=$1 lock=$__tokmeter_state/sync.lock since= clobber=1 mine=
    case $- in *C*) clobber= ;; *) set -C ;; esac
    if { printf '%s\n' "$now" >"$lock"; } 2>/dev/null; then
      mine=1
    else
      { IFS= read -r since <"$lock"; } 2>/dev/null || :
      if [[ -z $since && -e $lock && $lock -ot $__tokmeter_state/prompt ]]; then
        since=0 # nothing could be written into it, and a sync has ended since
      fi
      # A lock of more than ten minutes is of a sync that failed. Of those who find it, one can make this name.
      if [[ -n $since && ${#since} -le 15 && $since != *[!0123456789]* ]] &&
        ((now < 10#$since || now - 10#$since >= 600)); then
        since=$((10#$since))
        if { printf '%s\n' "$now" >"$lock.$since" && printf '%s\n' "$now" >|"$lock"; } 2>/dev/null; then
          mine=1
        fi
      fi
    fi
    if [[ -n $clobber ]]; then set +C; fi
    if [[ -n $mine ]]; then
      (
        trap '' HUP
        "${__tokmeter_command[@]}" sync --quiet --background </dev/null >/dev/null 2>&1 &
      ) 2>/dev/null || :
    fi
  }

  if [[ "${PROMPT_COMMAND[*]-}" != *__tokmeter_precmd* ]]; then
    if ((BASH_VERSINFO[0] > 5 || BASH_VERSINFO[0] == 5 && BASH_VERSINFO[1] >= 1)); then
      if [[ -n ${PROMPT_COMMAND[*]-} ]]; then
        PROMPT_COMMAND+=(__tokmeter_precmd)
      else
        PROMPT_COMMAND=(__tokmeter_precmd)
      fi
    else
      PROMPT_COMMAND=${PROMPT_COMMAND:+$PROMPT_COMMAND$'\n'}__tokmeter_precmd
    fi
  fi
fi
