# Completion of supervise for bash 4.3 and newer: source <(supervise completion bash)
_supervise() {
  local line=${COMP_LINE:0:COMP_POINT} cur known reply breaks char quote= word= typed= at
  local -a words asTyped answer
  # By blanks that are not quoted: bash itself also cuts at ":" and "=", which are parts of words here. Nothing is expanded.
  for ((at = 0; at < ${#line}; at++)); do
    char=${line:at:1}
    if [[ -z $quote && $char == [[:space:]] ]]; then
      [[ -n $typed ]] && words+=("$word") asTyped+=("$typed")
      word= typed=
      continue
    fi
    typed+=$char
    if [[ $char == "$quote" ]]; then
      quote=
    elif [[ -z $quote && $char == [\'\"] ]]; then
      quote=$char
    elif [[ $char == \\ && $quote != \' ]]; then
      word+=${line: ++at:1} typed+=${line:at:1}
    else
      word+=$char
    fi
  done
  words+=("$word") asTyped+=("$typed")
  while ((${#words[@]} > 1)) && [[ ${asTyped[0]} != "${COMP_WORDS[0]}" ]]; do
    words=("${words[@]:1}") asTyped=("${asTyped[@]:1}")
  done
  ((${#words[@]} > 1)) || return
  cur=${words[-1]}
  mapfile -t answer < <("${words[0]}" completion words -- "${words[@]:1}" 2>/dev/null)
  case ${answer[0]-} in
    :file | :folder)
      [[ $cur == --*=* ]] && cur=${cur#*=}
      compopt -o filenames
      if [[ ${answer[0]} == :file ]]; then
        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
      else
        mapfile -t COMPREPLY < <(compgen -d -- "$cur")
      fi
      return
      ;;
  esac
  # What bash takes for an earlier word is not said again.
  breaks=${COMP_WORDBREAKS//[^:=]/}
  known=
  [[ -n $breaks && $cur == *[$breaks]* ]] && known=${cur%"${cur##*[$breaks]}"}
  COMPREPLY=()
  for reply in "${answer[@]}"; do
    reply=${reply%%$'\t'*}
    COMPREPLY+=("${reply#"$known"}")
  done
}
complete -F _supervise supervise
