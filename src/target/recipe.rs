use std::collections::BTreeMap;

use serde::Deserialize;

/// How a target comes to this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Install {
    /// It is part of copysnap and started in the process.
    InProcess,
    /// It is that too, made as hard as AWS.
    VirtualAws,
    /// A Python package, installed into a virtual environment of its own.
    Python {
        /// What pip is asked for, without the version: `moto[server]`.
        package: String,
        /// Further arguments of `pip install`, such as pins of other packages; default none.
        arguments: Vec<String>,
    },
    /// A crate, built from source.
    Cargo {
        /// The crate's name.
        name: String,
    },
    /// A program of the user's, found on the path or given as one; it is never installed.
    Program,
}

impl Install {
    /// Tells whether it is part of copysnap.
    #[must_use]
    pub const fn is_built_in(&self) -> bool {
        matches!(self, Self::InProcess | Self::VirtualAws)
    }

    /// Tells whether a version of it is installed.
    #[must_use]
    pub const fn is_versioned(&self) -> bool {
        matches!(self, Self::Python { .. } | Self::Cargo { .. })
    }
}

/// How a target is installed, started, seen to be ready, and emptied.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "File")]
pub struct Recipe {
    /// How it comes here.
    pub install: Install,
    /// The program and its arguments, `{port}` standing for the port; empty only in the process.
    pub command: Vec<String>,
    /// Variables of the environment that it is given beside the user's, `{port}` standing for the port; default none.
    pub env: BTreeMap<String, String>,
    /// The path that answers a GET with a 2xx once it is ready; default `/`.
    pub health: String,
    /// A text that the answer to that must have; default empty.
    pub ready: String,
    /// The path that a POST to empties the target; default none.
    pub reset: Option<String>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    InProcess,
    VirtualAws,
    Python,
    Cargo,
    Program,
}

/// The table as it stands in the file.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, expecting = "a table")]
struct File {
    kind: Kind,
    package: Option<String>,
    #[serde(default)]
    arguments: Vec<String>,
    #[serde(rename = "crate")]
    krate: Option<String>,
    #[serde(default)]
    command: Vec<String>,
    #[serde(default)]
    env: BTreeMap<String, String>,
    health: Option<String>,
    #[serde(default)]
    ready: String,
    reset: Option<String>,
}

impl TryFrom<File> for Recipe {
    type Error = String;

    fn try_from(file: File) -> Result<Self, String> {
        let python = matches!(file.kind, Kind::Python);
        if !python && (file.package.is_some() || !file.arguments.is_empty()) {
            return Err("`package` and `arguments` belong to kind `python` alone".to_owned());
        }
        if file.krate.is_some() && !matches!(file.kind, Kind::Cargo) {
            return Err("`crate` belongs to kind `cargo` alone".to_owned());
        }
        let install = match file.kind {
            Kind::InProcess => Install::InProcess,
            Kind::VirtualAws => Install::VirtualAws,
            Kind::Python => Install::Python {
                package: file.package.ok_or("kind `python` needs a `package`")?,
                arguments: file.arguments,
            },
            Kind::Cargo => Install::Cargo { name: file.krate.ok_or("kind `cargo` needs a `crate`")? },
            Kind::Program => Install::Program,
        };
        match (&install, file.command.first().map(String::as_str)) {
            (Install::InProcess | Install::VirtualAws, None) => {}
            (Install::InProcess | Install::VirtualAws, Some(_)) => {
                return Err("kinds `in-process` and `virtual-aws` have no `command`".to_owned());
            }
            (_, None | Some("")) => return Err("there is no `command`".to_owned()),
            (_, Some(_)) => {}
        }
        let given = file.command.iter().skip(1).chain(file.env.values()).any(|word| word.contains(Recipe::PORT));
        if !install.is_built_in() && !given {
            return Err("neither `command` nor `env` says where the `{port}` goes".to_owned());
        }
        let health = file.health.unwrap_or_else(|| "/".to_owned());
        for (key, path) in [("health", Some(&health)), ("reset", file.reset.as_ref())] {
            if path.is_some_and(|path| !path.starts_with('/') || path.contains(char::is_whitespace)) {
                return Err(format!("`{key}` is a path: it begins with `/` and has no blanks"));
            }
        }
        Ok(Self { install, command: file.command, env: file.env, health, ready: file.ready, reset: file.reset })
    }
}

impl Recipe {
    /// What stands for the port in `command` and `env`.
    pub const PORT: &'static str = "{port}";
}
