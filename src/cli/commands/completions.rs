//! `pq completions SHELL`

use clap::{Arg, ValueHint};
use clap_complete::Shell;

use crate::cli::{Ctx, Exit, args};
use crate::ops::workbench::Access;

/// Print the completion script of a shell
///
/// For bash: `pq completions bash > ~/.local/share/bash-completion/completions/pq`. In bash, zsh and fish names of patches are completed, too.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The shell that will read it
    #[arg(required_unless_present = "patches")]
    shell: Option<Shell>,
    /// Print what can stand where a patch is named, which the scripts ask; nothing outside of a queue
    #[arg(long, conflicts_with = "shell")]
    patches: bool,
}

pub fn run(args: Args, ctx: &Ctx) -> crate::Result<Exit> {
    let Some(shell) = args.shell else { return patches(ctx) };
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut args::command(), "pq", &mut script);
    let script = String::from_utf8_lossy(&script).into_owned();
    ctx.write(with_names(shell, script, &commands()).as_bytes())
}

fn patches(ctx: &Ctx) -> crate::Result<Exit> {
    // A shell that completes has no use for an error.
    let Ok(bench) = ctx.open(Access::Read) else { return Ok(Exit::Fine) };
    let names = bench.manifest().patches.iter().map(|patch| patch.name.as_str());
    let lines: String = names.chain(["@top"]).map(|name| format!("{name}\n")).collect();
    ctx.write(lines.as_bytes())
}

/// The commands that take patches: each has an argument whose hint is [`ValueHint::Other`].
fn commands() -> Vec<String> {
    let takes = |arg: &Arg| arg.get_value_hint() == ValueHint::Other;
    let command = args::command();
    let all = command.get_subcommands().filter(|sub| sub.get_arguments().any(takes));
    all.map(|sub| sub.get_name().to_owned()).collect()
}

/// The script with the names of the queue's patches where a patch is named: the script asks `pq completions --patches`.
fn with_names(shell: Shell, script: String, commands: &[String]) -> String {
    match shell {
        Shell::Bash => format!("{script}{}", BASH.replace("COMMANDS", &commands.join("|"))),
        Shell::Fish => format!("{script}{}", FISH.replace("COMMANDS", &commands.join(" "))),
        // What has no action of its own is a patch.
        Shell::Zsh => script.replacen("_pq() {", ZSH, 1).replace(":' \\\n", ":_pq_patches' \\\n"),
        _ => script,
    }
}

/// Asks what was there before, and adds the names.
const BASH: &str = r#"
_pq_with_patches() {
    _pq "$@"
    local word cur="${COMP_WORDS[COMP_CWORD]}"
    [[ "${cur}" == -* ]] && return 0
    for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        case "${word}" in
            COMMANDS)
                COMPREPLY=( $(compgen -W "$(pq completions --patches 2>/dev/null)" -- "${cur}") )
                return 0
                ;;
        esac
    done
}
complete -F _pq_with_patches -o bashdefault -o default pq
"#;

const FISH: &str = r#"
complete -c pq -n "__fish_seen_subcommand_from COMMANDS" -f -a "(pq completions --patches 2>/dev/null)"
"#;

const ZSH: &str = r#"_pq_patches() {
    local -a patches
    patches=("${(@f)$(pq completions --patches 2>/dev/null)}")
    compadd -a patches
}

_pq() {"#;
