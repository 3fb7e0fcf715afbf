# Completion of supervise for fish: supervise completion fish > ~/.config/fish/completions/supervise.fish
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
