#compdef supervise
# Completion of supervise for zsh: a file _supervise in a folder of $fpath, or: source <(supervise completion zsh)
_supervise() {
  local -a answer described
  local line
  answer=("${(@f)$("${(Q)words[1]}" completion words -- "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}")
  case ${answer[1]-} in
    :file | :folder)
      [[ $PREFIX == --*=* ]] && compset -P '*='
      if [[ ${answer[1]} == :file ]]; then _files; else _files -/; fi
      return
      ;;
  esac
  for line in "${answer[@]}"; do
    [[ -n $line ]] && described+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
  done
  _describe -t words supervise described
}
if [[ ${funcstack[1]-} == _supervise ]]; then _supervise "$@"; else compdef _supervise supervise; fi
