#compdef tokmeter
# Completions of tokmeter for zsh. Written by scripts/completions.py; do not edit.
#
# TAB starts no program: names come out of a small file that tokmeter writes into its cache folder.
# Names are text out of logs: they are handed to compadd as they are, never evaluated.

@TABLES@
_tokmeter() {
  local curcontext=$curcontext context state state_descr line ret=1
  local -A opt_args
  local -a switches top_switches arguments seconds
  local first='' second='' name='' word skip='' at=0 n

  # The command: the first word that is no switch and no shared switch's value.
  for ((n = 2; n < CURRENT; n++)); do
    word=${(Q)words[n]}
    if [[ -n $skip ]]; then
      skip=''
    elif _tokmeter_is_valued $word; then
      skip=1
    elif [[ $word != -* ]]; then
      first=$word at=$n
      break
    fi
  done

  if [[ -z $first ]]; then
    _tokmeter_form week
    _arguments -s -S : $switches $top_switches '1: : _tokmeter_first' '*: : '
    return
  fi
  _tokmeter_seconds $first
  (( at + 1 < CURRENT )) && second=${(Q)words[at + 1]}
  if [[ $first == help ]]; then
    _tokmeter_help
    return
  elif [[ -n $second ]] && _tokmeter_form "$first $second"; then
    words[at,at+1]=()
    (( CURRENT -= 2 ))
  elif _tokmeter_form $first; then
    if (( at + 1 == CURRENT && $#seconds )) && [[ $PREFIX != -* ]]; then
      _describe -V -t commands command seconds && ret=0
    fi
    words[at]=()
    (( CURRENT -= 1 ))
  elif (( $#seconds )); then
    (( at + 1 == CURRENT )) && _describe -V -t commands command seconds && ret=0
    return ret
  else
    # A period without a command is a week.
    _tokmeter_form week
  fi
  _arguments -s -S : $switches $arguments && ret=0
  return ret
}

_tokmeter_first() {
  local ret=1
  _describe -V -t commands command _tokmeter_firsts && ret=0
  if [[ -n $PREFIX ]]; then
    _describe -V -t periods period _tokmeter_top_periods && ret=0
  fi
  return ret
}

# The commands after `help`.
_tokmeter_help() {
  if (( at + 1 == CURRENT )); then
    _describe -V -t commands command _tokmeter_firsts
  elif (( at + 2 == CURRENT )); then
    _tokmeter_seconds $second
    (( $#seconds )) && _describe -V -t commands command seconds
  fi
}

_tokmeter_day() {
  _wanted days expl day compadd -a _tokmeter_days
}

_tokmeter_period() {
  case ${(Q)words[CURRENT - 1]} in
    (this|last|previous|current) _wanted periods expl period compadd -a _tokmeter_period_units ;;
    (*) _describe -V -t periods period _tokmeter_period_starts ;;
  esac
}

# What explain takes: a model, one of the words given, a period, a place in a log.
_tokmeter_subject() {
  local ret=1
  _tokmeter_period && ret=0
  _tokmeter_names model && ret=0
  _wanted words expl word compadd -- "$@" && ret=0
  [[ $PREFIX == */* ]] && _files && ret=0
  return ret
}

_tokmeter_project() {
  local ret=1
  if [[ $PREFIX == */* ]]; then
    _tokmeter_names folder && ret=0
    _files -/ && ret=0
  else
    _tokmeter_names project && ret=0
  fi
  return ret
}

# Names of one kind out of the names file, in its order: the most used ones first.
_tokmeter_names() {
  local kind=$1 file expl
  local -a found
  _tokmeter_names_file
  [[ -f $file && -r $file ]] || return 1
  found=("${(@f)$(<$file)}")
  found=("${(@M)found:#$kind$'\t'*}")
  found=("${(@)found#$kind$'\t'}")
  (( $#found )) || return 1
  _wanted -V ${kind}s expl $kind compadd -a found
}

# Where the names file is: sets `file`.
_tokmeter_names_file() {
  local base=${TOKMETER_HOME-} cache=${XDG_CACHE_HOME-}
  if [[ -n $base ]]; then
    case $base in
      ('~'|'~/'*) base=${HOME-}${base[2,-1]} ;;
    esac
    file=$base/cache/names
  elif [[ $cache == /* ]]; then
    file=$cache/tokmeter/names
  elif [[ $OSTYPE == darwin* ]]; then
    file=${HOME-}/Library/Caches/tokmeter/names
  else
    file=${HOME-}/.cache/tokmeter/names
  fi
}

# As a file of $fpath this is read when the first TAB asks for it; else it is sourced.
if [[ ${funcstack[1]-} == _tokmeter ]]; then
  _tokmeter "$@"
elif (( $+functions[compdef] )); then
  compdef _tokmeter tokmeter
fi
