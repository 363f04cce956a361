//! The running Sekisho's end of the control socket.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use tokio::net::{UnixListener, UnixStream};
use tokio_util::sync::CancellationToken;

use super::{Request, read_frame, write_frame};
use crate::house::House;
use crate::operations;

/// Listens; only the owner of the process may connect.
pub fn listen(path: &Path) -> std::io::Result<UnixListener> {
    // What lies here is from a process that is gone: the lock on the data folder is ours.
    match std::fs::remove_file(path) {
        Ok(()) => {}
        Err(fault) if fault.kind() == std::io::ErrorKind::NotFound => {}
        Err(fault) => return Err(fault),
    }
    let listener = UnixListener::bind(path)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}

/// Answers until told to stop.
pub async fn serve(listener: UnixListener, house: Arc<House>, stop: CancellationToken) {
    loop {
        let stream = tokio::select! {
            () = stop.cancelled() => return,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                Err(fault) => {
                    tracing::warn!(%fault, "the control socket could not accept");
                    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
                    continue;
                }
            },
        };
        let house = house.clone();
        tokio::spawn(async move {
            if let Err(fault) = answer(stream, &house).await {
                tracing::debug!(%fault, "a control connection ended badly");
            }
        });
    }
}

async fn answer(mut stream: UnixStream, house: &Arc<House>) -> std::io::Result<()> {
    let within = OnceLock::new();
    while let Some((request, bytes)) = read_frame::<Request>(&mut stream).await? {
        let response = operations::run(house, &within, request, bytes).await;
        write_frame(&mut stream, &response, &[]).await?;
    }
    Ok(())
}
