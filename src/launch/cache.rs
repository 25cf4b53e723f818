use std::env;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use etcetera::BaseStrategy as _;

use super::LaunchError;
use super::command::run_to_end;
use crate::target::{Install, Recipe, Target};

/// How long a virtual environment may take to be made and filled.
const PYTHON_LIMIT: Duration = Duration::from_secs(30 * 60);

/// How long a build from source may take.
const CARGO_LIMIT: Duration = Duration::from_secs(6 * 60 * 60);

/// The file that is written last, with what was installed.
const MARKER: &str = "copysnap-installed";

/// The folder that targets are installed in, one folder for a name and version.
#[derive(Clone, Debug)]
pub struct Cache {
    root: PathBuf,
}

impl Cache {
    /// Returns `copysnap` in the user's folder for caches.
    ///
    /// # Errors
    ///
    /// [`LaunchError::NoCache`] where the user has no home.
    pub fn of_user() -> Result<Self, LaunchError> {
        let strategy = etcetera::choose_base_strategy().map_err(|source| LaunchError::NoCache { source })?;
        Ok(Self::at(&strategy.cache_dir().join("copysnap")))
    }

    /// Returns the cache in that folder.
    #[must_use]
    pub fn at(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    /// Returns the target's program, `None` where it is not here.
    ///
    /// A Python package is here only if installed by [`Cache::install`] in the version that the target has; a crate's
    /// program may also lie on the path, in any version.
    #[must_use]
    pub fn installed(&self, target: &Target) -> Option<PathBuf> {
        let recipe = target.launch.as_ref()?;
        let program = recipe.command.first()?;
        match &recipe.install {
            Install::InProcess | Install::VirtualAws => None,
            Install::Python { .. } => self.finished(target, recipe),
            Install::Cargo { .. } => self.finished(target, recipe).or_else(|| on_path(program)),
            Install::Program => on_path(program),
        }
    }

    /// Installs the target unless it is here, and returns its program; every line that is written on the way goes to
    /// `progress`. Where packages come from is settled by the user's configuration of pip or cargo.
    ///
    /// An installation that was cut off is begun anew, but for the crates that were already built.
    ///
    /// # Errors
    ///
    /// [`LaunchError::NoRecipe`] and [`LaunchError::InProcess`] where there is nothing to install,
    /// [`LaunchError::NoProgram`] where the user has to, [`LaunchError::Installing`] where another process is at it,
    /// [`LaunchError::Spawn`], [`LaunchError::InstallFailed`] and [`LaunchError::Io`] where it fails.
    pub fn install(&self, target: &Target, progress: &mut dyn FnMut(&str)) -> Result<PathBuf, LaunchError> {
        let name = || target.name.clone();
        let recipe = target.launch.as_ref().ok_or_else(|| LaunchError::NoRecipe { name: name() })?;
        if recipe.install.is_built_in() {
            return Err(LaunchError::InProcess { name: name() });
        }
        if let Some(program) = self.installed(target) {
            return Ok(program);
        }
        if recipe.install == Install::Program {
            return Err(no_program(target, recipe));
        }
        fs::create_dir_all(&self.root).map_err(LaunchError::io("make folder", &self.root))?;
        let lock = self.beside(target, "lock");
        // Kept until this function returns, whatever becomes of the process.
        let held = File::create(&lock).map_err(LaunchError::io("make file", &lock))?;
        match held.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(LaunchError::Installing { name: name() }),
            Err(TryLockError::Error(source)) => return Err(LaunchError::io("lock file", &lock)(source)),
        }
        // It may have been installed between the look and the lock.
        if let Some(program) = self.installed(target) {
            return Ok(program);
        }
        let folder = self.folder(target);
        remove(&folder)?;
        match &recipe.install {
            Install::Python { package, arguments } => self.make_venv(target, package, arguments, progress)?,
            Install::Cargo { name } => self.build(target, name, progress)?,
            Install::InProcess | Install::VirtualAws | Install::Program => {}
        }
        let marker = folder.join(MARKER);
        fs::write(&marker, mark(target, recipe)).map_err(LaunchError::io("write file", &marker))?;
        self.finished(target, recipe).ok_or_else(|| no_program(target, recipe))
    }

    fn make_venv(
        &self,
        target: &Target,
        package: &str,
        arguments: &[String],
        progress: &mut dyn FnMut(&str),
    ) -> Result<(), LaunchError> {
        let folder = self.folder(target);
        progress(&format!("makes a virtual environment in {}", folder.display()));
        let mut venv = Command::new("python3");
        venv.args(["-m", "venv"]).arg(&folder);
        run_to_end(venv, target, PYTHON_LIMIT, progress)?;
        let mut pip = Command::new(programs(&folder).join("python"));
        pip.args(["-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--progress-bar", "off"]);
        pip.arg(format!("{package}=={}", version(target))).args(arguments);
        run_to_end(pip, target, PYTHON_LIMIT, progress)
    }

    fn build(&self, target: &Target, name: &str, progress: &mut dyn FnMut(&str)) -> Result<(), LaunchError> {
        let build = self.beside(target, "build");
        progress(&format!("builds {name} {} from source, which may take an hour or more", version(target)));
        progress(&format!("what is built so far is kept in {}", build.display()));
        let mut cargo = Command::new("cargo");
        cargo.args(["install", name, "--version", version(target), "--root"]).arg(self.folder(target));
        cargo.arg("--target-dir").arg(&build);
        run_to_end(cargo, target, CARGO_LIMIT, progress)?;
        remove(&build)
    }

    /// Returns the program of an installation that was finished.
    fn finished(&self, target: &Target, recipe: &Recipe) -> Option<PathBuf> {
        let folder = self.folder(target);
        let as_asked = fs::read_to_string(folder.join(MARKER)).is_ok_and(|found| found == mark(target, recipe));
        let program = programs(&folder).join(recipe.command.first()?);
        // The interpreter is a link out of the folder, which an update of the system may break.
        let runs = !matches!(recipe.install, Install::Python { .. }) || programs(&folder).join("python").exists();
        (as_asked && runs && program.is_file()).then_some(program)
    }

    fn folder(&self, target: &Target) -> PathBuf {
        let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-') { c } else { '_' };
        let version: String = version(target).chars().map(plain).collect();
        self.root.join(format!("{}-{version}", target.name))
    }

    fn beside(&self, target: &Target, ending: &str) -> PathBuf {
        let mut path = self.folder(target).into_os_string();
        path.push(".");
        path.push(ending);
        path.into()
    }
}

pub(super) fn no_program(target: &Target, recipe: &Recipe) -> LaunchError {
    LaunchError::NoProgram {
        name: target.name.clone(),
        program: recipe.command.first().cloned().unwrap_or_default(),
        how_to_get: target.how_to_get.clone(),
    }
}

fn version(target: &Target) -> &str {
    // Reading the target file made sure that there is one where it is needed.
    target.version.as_deref().unwrap_or("any")
}

/// Returns what the marker says of an installation: two targets of the same name may differ.
fn mark(target: &Target, recipe: &Recipe) -> String {
    match &recipe.install {
        Install::Python { package, arguments } => {
            format!("python {package} {} {}\n", version(target), arguments.join(" "))
        }
        Install::Cargo { name } => format!("cargo {name} {}\n", version(target)),
        Install::InProcess | Install::VirtualAws | Install::Program => String::new(),
    }
}

fn programs(folder: &Path) -> PathBuf {
    folder.join(if cfg!(windows) { "Scripts" } else { "bin" })
}

/// Returns where a program lies: itself where it is a path, else in the first folder of `PATH` that has it.
fn on_path(program: &str) -> Option<PathBuf> {
    if Path::new(program).components().count() > 1 {
        return std::path::absolute(program).ok().filter(|path| path.is_file());
    }
    env::split_paths(&env::var_os("PATH")?).map(|folder| folder.join(program)).find(|path| path.is_file())
}

fn remove(folder: &Path) -> Result<(), LaunchError> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(LaunchError::io("remove", folder)(error)),
        _ => Ok(()),
    }
}
