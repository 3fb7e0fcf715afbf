# Completion of supervise for bash 4.3 and newer: source <(supervise completion bash)
_supervise() {
  local line=${COMP_LINE:0:COMP_POINT} cur known reply breaks
  local -a words answer
  # By blanks alone: bash itself also cuts at ":" and "=", which are parts of words here.
  read -ra words <<<"$line"
  [[ $line == *[[:space:]] ]] && words+=('')
  while ((${#words[@]} > 1)) && [[ ${words[0]} != "${COMP_WORDS[0]}" ]]; do words=("${words[@]:1}"); done
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
