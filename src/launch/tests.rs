use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::command::{run_to_end, wait};
use super::guard::{Guard, in_own_group};
use super::http::ask;
use super::*;
use crate::target::Target;

/// A folder that no other test has, removed in the end.
struct Folder(PathBuf);

impl Folder {
    fn fresh() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("copysnap-launch-{}-{number}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn cache(&self) -> Cache {
        Cache::at(&self.0.join("cache"))
    }

    /// Returns a target that is a shell script, whose first argument is the port and second this folder.
    fn target(&self, script: &str) -> Target {
        let script = format!("{script}\n");
        let text = format!(
            "name = \"mine\"\nhow-to-get = \"build it\"\n[launch]\nkind = \"program\"\nready = \"Directory listing\"\n\
             command = [\"sh\", \"-c\", {script:?}, \"mine\", \"{{port}}\", {:?}]",
            self.0.display().to_string()
        );
        Target::parse(&text, "mine.toml").unwrap()
    }

    async fn start(&self, script: &str) -> Result<Running, LaunchError> {
        start(&self.target(script), &self.cache(), &self.0.join("logs")).await
    }

    /// Tells whether something writes to the file `beat` within the time.
    fn beats_within(&self, limit: Duration) -> bool {
        let length = || fs::metadata(self.0.join("beat")).map_or(0, |file| file.len());
        let (before, begun) = (length(), Instant::now());
        while length() == before && begun.elapsed() < limit {
            sleep(Duration::from_millis(20));
        }
        length() > before
    }

    /// Tells whether something still writes to it.
    fn beats(&self) -> bool {
        self.beats_within(Duration::from_millis(300))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

const SERVE: &str = "cd \"$2\"; exec python3 -m http.server \"$1\" --bind 127.0.0.1";
const SERVE_WITH_A_CHILD: &str = "cd \"$2\"; (while :; do echo >> beat; sleep 0.02; done) & \
     exec python3 -m http.server \"$1\" --bind 127.0.0.1";

async fn answers(running: &Running) -> bool {
    let port = running.url().rsplit(':').next().unwrap().parse().unwrap();
    ask("GET", port, "/").await.is_ok()
}

#[tokio::test]
async fn a_target_is_ready_when_started_and_gone_with_its_children_when_stopped() {
    let folder = Folder::fresh();
    let mut running = folder.start(SERVE_WITH_A_CHILD).await.unwrap();
    assert!(answers(&running).await && folder.beats_within(Duration::from_secs(20)));
    assert_eq!(running.exited(), None);
    assert!(fs::read_to_string(running.log()).unwrap().contains("GET / HTTP/1.1"));
    let port = running.url().rsplit(':').next().unwrap().parse().unwrap();
    running.stop().await.unwrap();
    assert!(ask("GET", port, "/").await.is_err() && !folder.beats());
}

#[tokio::test]
async fn a_dropped_target_is_gone_with_its_children() {
    let folder = Folder::fresh();
    drop(folder.start(SERVE_WITH_A_CHILD).await.unwrap());
    assert!(!folder.beats());
}

#[tokio::test]
async fn a_target_that_will_not_end_is_forced_to() {
    let folder = Folder::fresh();
    let running = folder.start(&format!("trap '' TERM; {SERVE_WITH_A_CHILD}")).await.unwrap();
    let asked = Instant::now();
    running.stop().await.unwrap();
    assert!(asked.elapsed() >= Duration::from_secs(3) && !folder.beats());
}

#[tokio::test]
async fn a_target_that_dies_takes_its_children_along() {
    let folder = Folder::fresh();
    let mut running = folder.start(SERVE_WITH_A_CHILD).await.unwrap();
    let killed = Command::new("sh").args(["-c", "kill -KILL \"$1\"", "kill", &running.process().to_string()]).status();
    assert!(killed.unwrap().success());
    let dead = Instant::now();
    let status = loop {
        match running.exited() {
            Some(status) => break status,
            None => assert!(dead.elapsed() < Duration::from_secs(5)),
        }
    };
    assert!(status.contains("signal"), "{status}");
    running.stop().await.unwrap();
    assert!(!folder.beats());
}

#[tokio::test]
async fn what_a_killed_copysnap_leaves_is_ended_by_the_guard() {
    let mut command = Command::new("sleep");
    command.arg("1000").stdin(Stdio::null());
    in_own_group(&mut command);
    let mut child = command.spawn().unwrap();
    // Dropping a guard closes its pipe and does nothing else, as the end of the process does.
    drop(Guard::over(child.id()).unwrap());
    let status = wait(&mut child, Duration::from_secs(5)).unwrap();
    assert!(!status.success());
}

#[tokio::test]
async fn a_target_that_ends_early_is_told_with_its_last_lines() {
    let folder = Folder::fresh();
    let error = folder.start("echo one; echo two >&2; exit 7").await.unwrap_err();
    assert!(error.to_string().starts_with("target `mine` ended before it was ready (exit status: 7)"), "{error}");
    assert_eq!(error.tail(), ["one", "two"]);
}

#[tokio::test]
async fn another_port_is_tried_where_the_first_is_taken() {
    let folder = Folder::fresh();
    let taken = "echo 'OSError: [Errno 98] Address already in use'; exit 1";
    let once = format!("if [ ! -e \"$2/tried\" ]; then touch \"$2/tried\"; {taken}; fi; {SERVE}");
    let running = folder.start(&once).await.unwrap();
    assert!(answers(&running).await);
    running.stop().await.unwrap();
    let error = folder.start(taken).await.unwrap_err();
    assert!(matches!(error, LaunchError::PortsTaken { tries: 3, .. }), "{error}");
}

#[tokio::test]
async fn what_can_not_be_started_says_what_to_do() {
    let folder = Folder::fresh();
    let toml = "name = \"mine\"\nhow-to-get = \"build it\"\n";
    let absent = format!("{toml}[launch]\nkind = \"program\"\ncommand = [\"no-such-program\", \"{{port}}\"]");
    for (target, said, hint) in [
        (Target::builtin("moto"), "target `moto` is not installed", Some("copysnap targets install moto")),
        (Target::builtin("reference"), "target `reference` is part of copysnap and runs in its process", None),
        (
            Target::builtin("aws"),
            "target `aws` can't be installed or started here: its target file has no [launch]",
            Some("start it yourself and give its URL with --endpoint"),
        ),
        (Target::parse(&absent, ""), "target `mine`: there is no program `no-such-program`", Some("build it")),
    ] {
        let error = start(&target.unwrap(), &folder.cache(), &folder.0).await.unwrap_err();
        assert_eq!((error.to_string().as_str(), error.hint().as_deref()), (said, hint));
    }
}

/// Lays out an installation by hand.
fn install_by_hand(cache: &Path, folder: &str, mark: &str) {
    let programs = cache.join(folder).join("bin");
    fs::create_dir_all(&programs).unwrap();
    for program in ["python", "moto_server"] {
        fs::write(programs.join(program), "").unwrap();
    }
    fs::write(cache.join(folder).join("copysnap-installed"), mark).unwrap();
}

#[test]
fn only_a_finished_installation_of_the_same_version_counts() {
    let folder = Folder::fresh();
    let (cache, root) = (folder.cache(), folder.0.join("cache"));
    let mut moto = Target::builtin("moto").unwrap();
    assert_eq!(cache.installed(&moto), None);
    install_by_hand(&root, "moto-5.2.5", "python moto[server] 5.2.5 ");
    assert_eq!(cache.installed(&moto), None);
    install_by_hand(&root, "moto-5.2.5", "python moto[server] 5.2.5 \n");
    let program = root.join("moto-5.2.5/bin/moto_server");
    assert_eq!(cache.installed(&moto), Some(program.clone()));
    assert_eq!(cache.install(&moto, &mut |line| panic!("{line}")).unwrap(), program);
    moto.version = Some("5.2.6".to_owned());
    assert_eq!(cache.installed(&moto), None);
}

#[test]
fn two_processes_never_install_the_same() {
    let folder = Folder::fresh();
    let root = folder.0.join("cache");
    fs::create_dir_all(&root).unwrap();
    let lock = fs::File::create(root.join("moto-5.2.5.lock")).unwrap();
    lock.lock().unwrap();
    let error = folder.cache().install(&Target::builtin("moto").unwrap(), &mut |_| {}).unwrap_err();
    assert_eq!(error.to_string(), "target `moto` is being installed by another process");
}

#[test]
fn an_installation_that_fails_leaves_nothing_that_counts() {
    let folder = Folder::fresh();
    let text = "name = \"mine\"\nversion = \"1\"\n[launch]\nkind = \"python\"\npackage = \"copysnap-no-such-package\"\n\
                arguments = [\"--no-index\"]\ncommand = [\"python\", \"{port}\"]";
    let target = Target::parse(text, "mine.toml").unwrap();
    let mut lines = Vec::new();
    let error = folder.cache().install(&target, &mut |line| lines.push(line.to_owned())).unwrap_err();
    assert!(matches!(error, LaunchError::InstallFailed { .. }), "{error}");
    assert!(!error.tail().is_empty() && lines.ends_with(error.tail()));
    assert_eq!(folder.cache().installed(&target), None);
}

#[test]
fn a_command_is_shown_line_by_line_and_ended_at_its_limit() {
    let target = Target::builtin("moto").unwrap();
    let run = |script: &str, limit| {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        let mut lines = Vec::new();
        let result = run_to_end(command, &target, limit, &mut |line| lines.push(line.to_owned()));
        (result, lines)
    };
    let minute = Duration::from_secs(60);
    let (result, lines) = run("echo a; echo b >&2; printf c", minute);
    assert!(result.is_ok());
    assert_eq!(lines, ["a", "b", "c"]);
    let (result, _) = run("seq 100; exit 3", minute);
    let error = result.unwrap_err();
    assert_eq!(error.to_string(), "target `moto`: `sh -c seq 100; exit 3` failed: exit status: 3");
    assert_eq!((error.tail().len(), error.tail().last().map(String::as_str)), (12, Some("100")));
    let (result, lines) = run("echo a; exec sleep 1000", Duration::from_millis(200));
    assert_eq!((result.is_err(), lines), (true, vec!["a".to_owned()]));
}

#[tokio::test]
async fn an_answer_is_whole_before_the_connection_closes() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    for (sent, expected) in [
        ("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok", Ok((200, "ok"))),
        ("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", Ok((503, ""))),
        ("SSH-2.0-x\r\nContent-Length: 0\r\n\r\n", Err("was not answered in HTTP")),
    ] {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.write_all(sent.as_bytes()).await.unwrap();
            // Kept open until the client has gone.
            let mut rest = Vec::new();
            let _ = stream.read_to_end(&mut rest).await;
        });
        let answer = ask("GET", port, "/").await;
        let seen = answer.as_ref().map(|answer| (answer.status, answer.body.as_str())).map_err(String::as_str);
        assert_eq!(seen, expected);
        server.abort();
    }
}
