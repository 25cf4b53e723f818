use std::io;
use std::process::{Child, ChildStdin, Command, Stdio};

/// Reads until the pipe from copysnap closes, which it does however copysnap ends, then ends the process group: first
/// by asking, after 3 s by force. `kill` is the shell's own, as small systems have no program of that name.
const SCRIPT: &str = r#"
trap '' HUP INT
read -r _
kill -TERM "-$1" 2>/dev/null || exit 0
i=0
while [ "$i" -lt 60 ]; do
    kill -0 "-$1" 2>/dev/null || exit 0
    sleep 0.05
    i=$((i + 1))
done
kill -KILL "-$1" 2>/dev/null
"#;

/// A shell that outlives copysnap just long enough to end a process group.
#[derive(Debug)]
pub(super) struct Guard {
    shell: Child,
    /// Closed to have the group ended.
    lifeline: Option<ChildStdin>,
}

impl Guard {
    /// Starts the guard of the process group that the process `group` leads.
    pub(super) fn over(group: u32) -> io::Result<Self> {
        let mut command = Command::new("sh");
        command.args(["-c", SCRIPT, "copysnap-guard", &group.to_string()]);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        in_own_group(&mut command);
        let mut shell = command.spawn()?;
        let lifeline = shell.stdin.take();
        Ok(Self { shell, lifeline })
    }

    /// Has the group ended.
    pub(super) fn release(&mut self) {
        self.lifeline = None;
    }

    /// Tells whether the guard has done its work.
    pub(super) fn is_done(&mut self) -> bool {
        !matches!(self.shell.try_wait(), Ok(None))
    }
}

/// Has the command lead a process group, so that an interrupt at the terminal is left to copysnap to act on.
pub(super) fn in_own_group(command: &mut Command) {
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    #[cfg(not(unix))]
    let _ = command;
}
