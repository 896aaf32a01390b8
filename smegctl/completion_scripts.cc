// The shells' side of completion: each asks `smegctl __complete` with the words so far, and knows no commands itself.
#include "completion.h"

namespace smeg::ctl {
namespace {

// Bash breaks words at ':' and '=', which stand in addresses and options: they are put together again for the question,
// and what bash will not replace is taken off the answers.
constexpr const char* kBash = R"(# smegctl for bash: in ~/.bashrc, `source <(smegctl completion bash)`
_smegctl() {
  local line=${COMP_LINE:0:COMP_POINT} word blanks each cur i
  local -a words=() found=()
  for ((i = 0; i <= COMP_CWORD; i++)); do
    blanks=${line%%[! $'\t']*}
    line=${line#"$blanks"}
    word=${COMP_WORDS[i]}
    word=${word:0:${#line}}
    line=${line#"$word"}
    if ((i > 0)) && [[ -z $blanks ]]; then
      words[${#words[@]}-1]+=$word
    else
      words+=("$word")
    fi
  done
  cur=${words[${#words[@]}-1]}
  mapfile -t found < <("$1" __complete "${words[@]:1}" 2>/dev/null)
  COMPREPLY=()
  if [[ ${found[0]-} == :files ]]; then
    compopt -o default
    return
  fi
  cur=${cur%"${cur##*[:=]}"}
  for each in "${found[@]}"; do
    each=${each%%$'\t'*}
    COMPREPLY+=("${each#"$cur"}")
    [[ $each == *= ]] && compopt -o nospace
  done
}
complete -F _smegctl smegctl
)";

constexpr const char* kZsh = R"(#compdef smegctl
# smegctl for zsh: `smegctl completion zsh > "${fpath[1]}/_smegctl"`, or `source <(smegctl completion zsh)`
_smegctl() {
  local line
  local -a lines candidates
  lines=("${(@f)$("${words[1]}" __complete "${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ ${lines[1]} == :files ]]; then
    _files
    return
  fi
  for line in "${lines[@]}"; do
    [[ -n $line ]] || continue
    candidates+=("${${line%%$'\t'*}//:/\\:}:${${line#*$'\t'}//:/\\:}")
  done
  _describe smegctl candidates
}
if [[ ${funcstack[1]} == _smegctl ]]; then
  _smegctl "$@"
else
  compdef _smegctl smegctl
fi
)";

constexpr const char* kFish = R"(# smegctl for fish: `smegctl completion fish > ~/.config/fish/completions/smegctl.fish`
function __smegctl_complete
  set -l words (commandline -opc) (commandline -ct)
  set -l found ($words[1] __complete $words[2..-1] 2>/dev/null)
  if test "$found[1]" = ":files"
    __fish_complete_path (commandline -ct)
  else
    printf '%s\n' $found
  end
end
complete -c smegctl -f -a '(__smegctl_complete)'
)";

}  // namespace

Result<std::string> completion_script(std::string_view shell) {
  if (shell == "bash") return kBash;
  if (shell == "zsh") return kZsh;
  if (shell == "fish") return kFish;
  return fail(Code::malformed, "'" + std::string(shell) + "' is no shell that smegctl knows", "use bash, zsh or fish");
}

}  // namespace smeg::ctl
