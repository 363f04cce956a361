//! One worker process: started with nothing but two pipes, given the rules, asked piece by piece, killed when dropped.

use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

use super::{RuleFiles, YaraFault, YaraSettings};

/// How long compiling the rules may take.
const START_TIME: Duration = Duration::from_secs(30);
/// On top of what the worker itself allows a piece: it should say itself that it took too long.
const GRACE: Duration = Duration::from_millis(1_500);
/// Octets of one line that it may say.
const LINE: u64 = 64 * 1024;

/// A worker that has compiled the rules.
#[derive(Debug)]
pub(super) struct Worker {
    /// Killed when this is dropped.
    _child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

impl Worker {
    /// Starts one and has it compile the rules.
    pub(super) async fn start(settings: &YaraSettings, rules: &RuleFiles) -> Result<Self, YaraFault> {
        let mut child = Command::new(&settings.program)
            .args([settings.memory.to_string(), settings.time.as_millis().to_string()])
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        let no_pipe = || std::io::Error::other("it has no pipes");
        let to = child.stdin.take().ok_or_else(no_pipe)?;
        let from = BufReader::new(child.stdout.take().ok_or_else(no_pipe)?);
        let mut worker = Self { _child: child, to, from };
        let compiled = timeout(START_TIME, worker.compile(rules)).await.unwrap_or(Err(YaraFault::Deadline))?;
        match compiled.strip_prefix("bad ") {
            // Line ends travel as U+2028.
            Some(report) => Err(YaraFault::BadRules(report.replace('\u{2028}', "\n"))),
            None if compiled.starts_with("ready ") => Ok(worker),
            None => Err(YaraFault::Complained(compiled)),
        }
    }

    async fn compile(&mut self, rules: &RuleFiles) -> Result<String, YaraFault> {
        self.number(rules.len()).await?;
        for (name, text) in rules {
            self.piece(name.as_bytes()).await?;
            self.piece(text).await?;
        }
        self.to.flush().await?;
        self.line().await
    }

    /// What it says of these octets.
    pub(super) async fn ask(&mut self, octets: &[u8], time: Duration) -> Result<String, YaraFault> {
        let asked = async {
            self.piece(octets).await?;
            self.to.flush().await?;
            self.line().await
        };
        timeout(time + GRACE, asked).await.unwrap_or(Err(YaraFault::Deadline))
    }

    async fn number(&mut self, number: usize) -> Result<(), YaraFault> {
        let number = u32::try_from(number).map_err(std::io::Error::other)?;
        Ok(self.to.write_all(&number.to_be_bytes()).await?)
    }

    async fn piece(&mut self, octets: &[u8]) -> Result<(), YaraFault> {
        self.number(octets.len()).await?;
        Ok(self.to.write_all(octets).await?)
    }

    async fn line(&mut self) -> Result<String, YaraFault> {
        let mut line = Vec::new();
        (&mut self.from).take(LINE).read_until(b'\n', &mut line).await?;
        match line.strip_suffix(b"\n") {
            Some(line) => Ok(String::from_utf8_lossy(line).into_owned()),
            None => Err(YaraFault::Dead(std::io::ErrorKind::UnexpectedEof.into())),
        }
    }
}
