//! The reference endpoint: the model behind HTTP, its named defects, and the controls, which are worthless on purpose.
//!
//! In: [`Options`]. Out: a [`Running`] server on a free loopback port, with a world of its own for every account and
//! region that asks. What it answers comes from the model alone, so that judging it proves the plumbing and never the
//! model. It never listens on another interface than the loopback one, opens no file, and asks no other server.

mod asked;
mod broken;
mod chooser;
mod control;
mod defect;
mod desk;
mod keys;
mod message;
mod race;
mod serve;
mod virtual_aws;
mod worlds;

use std::net::{Ipv4Addr, SocketAddr};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::oneshot;

pub use control::Control;
pub use defect::Defect;
pub(crate) use desk::Desk;
pub use keys::ACCOUNT;
pub use virtual_aws::{Rates, Session, Sessions, VirtualAws};

use crate::service::Text;

/// How a reference server is started; the default is a conforming one on a free port.
#[derive(Clone, Debug)]
pub struct Options {
    /// The loopback port; 0 for any that is free.
    pub port: u16,
    /// How long a snapshot stays `creating` or `deleting`; with a `choice`, the most that it may take.
    pub settle: Duration,
    /// The seed of what the server chooses where the specification leaves a choice; `None` for what sources lean to.
    pub choice: Option<u64>,
    /// The one rule that the server breaks.
    pub defect: Option<Defect>,
    /// The worthless target that is served in place of the model.
    pub control: Option<Control>,
    /// Whether every request has to carry a valid SigV4 signature, made with the secret `test`.
    pub require_sigv4: bool,
    /// The KMS key that may be used.
    pub kms_key: Option<Text>,
    /// How many snapshots may be asked for of one cluster or group; `None` for as many as one likes.
    pub quota: Option<usize>,
    /// What makes it as hard as AWS; `None` for an endpoint that is easy.
    pub virtual_aws: Option<VirtualAws>,
}

impl Options {
    /// Returns those of a virtual AWS: it verifies signatures, and has AWS's quota.
    #[must_use]
    pub fn of_aws(virtual_aws: VirtualAws) -> Self {
        let quota = Some(VirtualAws::QUOTA);
        Self { require_sigv4: true, quota, virtual_aws: Some(virtual_aws), ..Self::default() }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            port: 0,
            settle: Duration::from_millis(50),
            choice: None,
            defect: None,
            control: None,
            require_sigv4: false,
            kms_key: None,
            quota: None,
            virtual_aws: None,
        }
    }
}

/// Why a reference server cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The port is taken, or may not be listened on.
    #[error("failed to listen on port {port} of the loopback interface")]
    Listen {
        /// The port asked for.
        port: u16,
        /// Why.
        source: std::io::Error,
    },
    /// There is no thread or runtime to be had.
    #[error("failed to start the server's thread")]
    Thread(#[source] std::io::Error),
}

/// Starts reference servers.
#[derive(Clone, Copy, Debug)]
pub struct RefServer;

impl RefServer {
    /// Starts a server on a thread of its own and returns once it listens.
    ///
    /// # Errors
    /// Where the port cannot be listened on, and where no thread can be started.
    pub fn start(options: Options) -> Result<Running, StartError> {
        let listen = |source| StartError::Listen { port: options.port, source };
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, options.port)).map_err(listen)?;
        listener.set_nonblocking(true).map_err(listen)?;
        let addr = listener.local_addr().map_err(listen)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(StartError::Thread)?;
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new()
            .name("refserver".to_owned())
            .spawn(move || runtime.block_on(serve::serve(listener, options, stopped)))
            .map_err(StartError::Thread)?;
        Ok(Running { url: format!("http://{addr}"), addr, stop: Some(stop), thread: Some(thread) })
    }
}

/// A server that runs until it is stopped or dropped.
#[derive(Debug)]
pub struct Running {
    /// Where it answers: `http://127.0.0.1:<port>`.
    pub url: String,
    /// The same as an address.
    pub addr: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Running {
    /// Stops the server and waits until its port is free again.
    pub fn stop(self) {
        drop(self);
    }

    /// Waits until the server ends, which it does not by itself.
    pub fn wait(mut self) {
        if let Some(thread) = self.thread.take() {
            // An error is the panic of that thread, which has been reported there.
            let _ = thread.join();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // An error says that the server has ended already.
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests;
