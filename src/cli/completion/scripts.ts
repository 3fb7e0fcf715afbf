/**
 * What a shell reads once. Each script asks `supervise completion words -- WORD…` for the last of the words: commands, options and names
 * come from the installed program, so no script is ever out of date. A line is a candidate, a tab and its description; `:file` or `:folder`
 * leaves it to the shell.
 */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

const BASH = String.raw`# Completion of supervise for bash 4.3 and newer: source <(supervise completion bash)
_supervise() {
  local line=${'$'}{COMP_LINE:0:COMP_POINT} cur known reply breaks char quote= word= typed= at
  local -a words asTyped answer
  # By blanks that are not quoted: bash itself also cuts at ":" and "=", which are parts of words here. Nothing is expanded.
  for ((at = 0; at < ${'$'}{#line}; at++)); do
    char=${'$'}{line:at:1}
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
      word+=${'$'}{line: ++at:1} typed+=${'$'}{line:at:1}
    else
      word+=$char
    fi
  done
  words+=("$word") asTyped+=("$typed")
  while ((${'$'}{#words[@]} > 1)) && [[ ${'$'}{asTyped[0]} != "${'$'}{COMP_WORDS[0]}" ]]; do
    words=("${'$'}{words[@]:1}") asTyped=("${'$'}{asTyped[@]:1}")
  done
  ((${'$'}{#words[@]} > 1)) || return
  cur=${'$'}{words[-1]}
  mapfile -t answer < <("${'$'}{words[0]}" completion words -- "${'$'}{words[@]:1}" 2>/dev/null)
  case ${'$'}{answer[0]-} in
    :file | :folder)
      [[ $cur == --*=* ]] && cur=${'$'}{cur#*=}
      compopt -o filenames
      if [[ ${'$'}{answer[0]} == :file ]]; then
        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
      else
        mapfile -t COMPREPLY < <(compgen -d -- "$cur")
      fi
      return
      ;;
  esac
  # What bash takes for an earlier word is not said again.
  breaks=${'$'}{COMP_WORDBREAKS//[^:=]/}
  known=
  [[ -n $breaks && $cur == *[$breaks]* ]] && known=${'$'}{cur%"${'$'}{cur##*[$breaks]}"}
  COMPREPLY=()
  for reply in "${'$'}{answer[@]}"; do
    reply=${'$'}{reply%%$'\t'*}
    COMPREPLY+=("${'$'}{reply#"$known"}")
  done
}
complete -F _supervise supervise
`;

const ZSH = String.raw`#compdef supervise
# Completion of supervise for zsh: a file _supervise in a folder of $fpath, or: source <(supervise completion zsh)
_supervise() {
  local -a answer described
  local line
  answer=("${'$'}{(@f)$("${'$'}{(Q)words[1]}" completion words -- "${'$'}{(@Q)words[2,CURRENT-1]}" "${'$'}{(Q)PREFIX}" 2>/dev/null)}")
  case ${'$'}{answer[1]-} in
    :file | :folder)
      [[ $PREFIX == --*=* ]] && compset -P '*='
      if [[ ${'$'}{answer[1]} == :file ]]; then _files; else _files -/; fi
      return
      ;;
  esac
  for line in "${'$'}{answer[@]}"; do
    [[ -n $line ]] && described+=("${'$'}{${'$'}{line%%$'\t'*}//:/\\:}:${'$'}{line#*$'\t'}")
  done
  _describe -t words supervise described
}
if [[ ${'$'}{funcstack[1]-} == _supervise ]]; then _supervise "$@"; else compdef _supervise supervise; fi
`;

const FISH = String.raw`# Completion of supervise for fish: supervise completion fish > ~/.config/fish/completions/supervise.fish
function __supervise_words
    set -l words (commandline -opc)
    set -l cur (commandline -ct)
    set -l answer ($words[1] completion words -- $words[2..-1] "$cur" 2>/dev/null)
    set -l before (string match -r -- '^--[^=]+=' "$cur")
    switch "$answer[1]"
        case :file :folder
            for each in (__fish_complete_suffix (string replace -r -- '^--[^=]+=' '' "$cur") '')
                if test "$answer[1]" = :file; or string match -q -- '*/' (string split \t -- $each)[1]
                    echo "$before$each"
                end
            end
        case '*'
            printf '%s\n' $answer
    end
end
complete -c supervise -f -a '(__supervise_words)'
`;

export const COMPLETION_SCRIPTS: Readonly<Record<Shell, string>> = { bash: BASH, zsh: ZSH, fish: FISH };
