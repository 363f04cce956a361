//! A command's end of the control socket, or the house itself where nobody is listening.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use portal::api::within::Within;
use tokio::net::UnixStream;

use super::{Request, Response, read_frame, write_frame};
use crate::configuration::Configuration;
use crate::house::House;
use crate::operations;

/// Who does the work.
pub enum Hand {
    /// The running Sekisho.
    Remote(UnixStream),
    /// We ourselves, with the data folder open.
    Local(Arc<House>, OnceLock<Within>),
}

impl Hand {
    /// The running Sekisho where one listens; else the data folder.
    pub async fn reach(configuration: &Configuration) -> Result<Self, String> {
        match connect(&configuration.control).await {
            Some(stream) => Ok(Self::Remote(stream)),
            None => Ok(Self::Local(Arc::new(House::open(configuration).await?), OnceLock::new())),
        }
    }

    /// Asks.
    pub async fn ask(&mut self, request: Request, bytes: Vec<u8>) -> Result<Response, String> {
        match self {
            Self::Local(house, within) => Ok(operations::run(house, within, request, bytes).await),
            Self::Remote(stream) => {
                let gone = |fault: std::io::Error| format!("the running Sekisho did not answer: {fault}");
                write_frame(stream, &request, &bytes).await.map_err(gone)?;
                match read_frame::<Response>(stream).await.map_err(gone)? {
                    Some((response, _)) => Ok(response),
                    None => Err("the running Sekisho closed the connection".into()),
                }
            }
        }
    }

    /// Ends; what we opened ourselves is written to the disk.
    pub async fn done(self) {
        if let Self::Local(house, _) = self {
            house.close().await;
        }
    }
}

async fn connect(path: &Path) -> Option<UnixStream> {
    UnixStream::connect(path).await.ok()
}
