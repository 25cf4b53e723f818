use std::fs::{self, File};
use std::io::{Read as _, Seek as _, SeekFrom};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tokio::time::{sleep, timeout};

use super::command::{TAIL, wait};
use super::guard::{Guard, in_own_group};
use super::http::ask;
use super::{Cache, LaunchError, cache};
use crate::target::{Install, Recipe, Target};

/// How long a target may take to be ready.
const READY_LIMIT: Duration = Duration::from_secs(60);

/// The longest pause between two looks whether it is; the first is a fiftieth.
const READY_PAUSE: Duration = Duration::from_millis(250);

/// How many ports are tried.
const PORTS: u32 = 3;

/// How long all of a target may take to end: the guard asks for 3 s, then forces.
const END_LIMIT: Duration = Duration::from_secs(8);

/// How much of a log is read for its last lines.
const TAIL_BYTES: u64 = 16 * 1024;

/// What the user's credentials lie in. A target is not trusted with them.
const CREDENTIALS: &[&str] = &[
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_PROFILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
];

/// A target that runs here, on a port of the loopback interface.
///
/// It and all processes of its group end with [`Running::stop`], when this is dropped (which blocks for up to 8 s), and
/// by a guard when copysnap itself is killed.
#[derive(Debug)]
pub struct Running {
    name: String,
    port: u16,
    url: String,
    reset: Option<String>,
    log: PathBuf,
    child: Child,
    guard: Guard,
}

/// Starts the target on a free port and returns it once it is ready; what it writes goes to `<name>.log` in `logs`.
///
/// Dropping the future ends what was started.
///
/// # Errors
///
/// [`LaunchError::NoRecipe`] and [`LaunchError::InProcess`] where it is not for this function to start,
/// [`LaunchError::NotInstalled`] and [`LaunchError::NoProgram`] where it is not here, [`LaunchError::Exited`] where it
/// ends at once, [`LaunchError::NotReady`] where it does not get ready within 60 s, [`LaunchError::PortsTaken`] where
/// others took three free ports first, [`LaunchError::Spawn`] and [`LaunchError::Io`] where the system refuses.
pub async fn start(target: &Target, cache: &Cache, logs: &Path) -> Result<Running, LaunchError> {
    let name = || target.name.clone();
    let recipe = target.launch.as_ref().ok_or_else(|| LaunchError::NoRecipe { name: name() })?;
    let program = cache.installed(target).ok_or_else(|| match recipe.install {
        Install::InProcess | Install::VirtualAws => LaunchError::InProcess { name: name() },
        Install::Program => cache::no_program(target, recipe),
        Install::Python { .. } | Install::Cargo { .. } => LaunchError::NotInstalled { name: name() },
    })?;
    fs::create_dir_all(logs).map_err(LaunchError::io("make folder", logs))?;
    let log = logs.join(format!("{}.log", target.name));
    let mut tail = Vec::new();
    for _ in 0..PORTS {
        let port = free_port().map_err(LaunchError::io("find a free port for", &program))?;
        let mut running = spawn(target, recipe, &program, port, &log)?;
        match running.ready(recipe).await {
            Ok(()) => return Ok(running),
            Err(LaunchError::Exited { tail: said, .. }) if is_taken(port, &said) => tail = said,
            Err(error) => {
                running.stop().await?;
                return Err(error);
            }
        }
    }
    Err(LaunchError::PortsTaken { name: name(), tries: PORTS, tail })
}

impl Running {
    /// Returns the URL of ElastiCache and S3 there, without a slash at its end.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns the file that the target's output goes to.
    #[must_use]
    pub fn log(&self) -> &Path {
        &self.log
    }

    /// Returns the process that was started; it leads the process group of the same number.
    #[must_use]
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// Returns how the target ended by itself, `None` while it runs. What it started is ended then too.
    pub fn exited(&mut self) -> Option<String> {
        let status = self.child.try_wait().ok().flatten()?;
        // At once: the number of a group whose leader is gone may come to belong to others.
        self.guard.release();
        Some(status.to_string())
    }

    /// Returns the last lines of what the target wrote, oldest first.
    #[must_use]
    pub fn tail(&self) -> Vec<String> {
        tail_of(&self.log)
    }

    /// Empties the target, and returns whether it can be.
    ///
    /// # Errors
    ///
    /// [`LaunchError::NotEmptied`] where the target answers other than with a 2xx.
    pub async fn reset(&self) -> Result<bool, LaunchError> {
        let Some(path) = &self.reset else { return Ok(false) };
        let what = match ask("POST", self.port, path).await {
            Ok(answer) if answer.is_success() => return Ok(true),
            Ok(answer) => format!("was answered with {}", answer.status),
            Err(what) => what,
        };
        Err(LaunchError::NotEmptied { name: self.name.clone(), url: format!("{}{path}", self.url), what })
    }

    /// Ends the target and all processes of its group: first by asking, after 3 s by force.
    ///
    /// # Errors
    ///
    /// [`LaunchError::NotEnded`] where some are still there after 8 s.
    pub async fn stop(mut self) -> Result<(), LaunchError> {
        self.guard.release();
        let ended = timeout(END_LIMIT, async {
            while !self.has_ended() {
                sleep(Duration::from_millis(10)).await;
            }
        });
        ended.await.map_err(|_| LaunchError::NotEnded {
            name: self.name.clone(),
            group: self.child.id(),
            limit: END_LIMIT,
        })
    }

    /// Tells whether the whole group has ended. The leader is waited for here, as its number is free for others then.
    fn has_ended(&mut self) -> bool {
        let led = matches!(self.child.try_wait(), Ok(None));
        self.guard.is_done() && !led
    }

    async fn ready(&mut self, recipe: &Recipe) -> Result<(), LaunchError> {
        let mut last = "was never sent".to_owned();
        let asked = timeout(READY_LIMIT, async {
            let mut pause = READY_PAUSE / 50;
            loop {
                let answer = ask("GET", self.port, &recipe.health).await;
                // Looked at after asking: what answered may be another that took the port, which the target died of.
                if let Some(status) = self.exited() {
                    return Err(status);
                }
                last = match answer {
                    Ok(answer) if !answer.is_success() => format!("was answered with {}", answer.status),
                    Ok(answer) if answer.body.contains(&recipe.ready) => return Ok(()),
                    Ok(_) => format!("was answered without `{}`", recipe.ready),
                    Err(what) => what,
                };
                sleep(pause).await;
                pause = (pause * 2).min(READY_PAUSE);
            }
        });
        match asked.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(status)) => {
                Err(LaunchError::Exited { name: self.name.clone(), status, log: self.log.clone(), tail: self.tail() })
            }
            Err(_) => Err(LaunchError::NotReady {
                name: self.name.clone(),
                last: format!("GET {}{} {last}", self.url, recipe.health),
                limit: READY_LIMIT,
                log: self.log.clone(),
                tail: self.tail(),
            }),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.guard.release();
        let mut rounds = END_LIMIT.as_millis() / 10;
        while !self.has_ended() && rounds > 0 {
            std::thread::sleep(Duration::from_millis(10));
            rounds -= 1;
        }
    }
}

fn spawn(target: &Target, recipe: &Recipe, program: &Path, port: u16, log: &Path) -> Result<Running, LaunchError> {
    let with_port = |word: &String| word.replace(Recipe::PORT, &port.to_string());
    let output = File::create(log).map_err(LaunchError::io("write file", log))?;
    let errors = output.try_clone().map_err(LaunchError::io("write file", log))?;
    let mut command = Command::new(program);
    command.args(recipe.command.iter().skip(1).map(with_port));
    for variable in CREDENTIALS {
        command.env_remove(variable);
    }
    command.envs(recipe.env.iter().map(|(key, value)| (key, with_port(value))));
    command.stdin(Stdio::null()).stdout(output).stderr(errors);
    in_own_group(&mut command);
    let failed = |program: &Path| {
        let program = program.display().to_string();
        move |source| LaunchError::Spawn { program, source }
    };
    let mut child = command.spawn().map_err(failed(program))?;
    let guard = match Guard::over(child.id()) {
        Ok(guard) => guard,
        Err(source) => {
            // Nothing is started that could be left behind.
            let _ = child.kill();
            wait(&mut child, END_LIMIT);
            return Err(failed(Path::new("sh"))(source));
        }
    };
    Ok(Running {
        name: target.name.clone(),
        port,
        url: format!("http://127.0.0.1:{port}"),
        reset: recipe.reset.clone(),
        log: log.to_owned(),
        child,
        guard,
    })
}

/// Returns a port that was free just now.
fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// Tells whether a target that ended may have done so because another had taken its port.
fn is_taken(port: u16, tail: &[String]) -> bool {
    tail.iter().any(|line| line.to_ascii_lowercase().contains("address already in use"))
        || TcpListener::bind(("127.0.0.1", port)).is_err()
}

fn tail_of(log: &Path) -> Vec<String> {
    let mut bytes = Vec::new();
    // A log that can't be read has no last lines.
    let _ = File::open(log).and_then(|mut file| {
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(TAIL_BYTES)))?;
        file.read_to_end(&mut bytes)
    });
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines.iter().skip(lines.len().saturating_sub(TAIL)).map(|line| (*line).to_owned()).collect()
}
