//! A future that wakes itself while it runs goes on at once, on the thread it is on.
//!
//! hyper hands a request's body from one half of a connection to the other, and each such step wakes the very task that
//! is running. tokio takes that for work that another thread could do, wakes one that sleeps, and the two take turns with
//! every message; with few connections that cost more than the judging.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use futures_util::task::AtomicWaker;

/// So often one poll goes on; then the others on this thread have their turn.
const MOST: usize = 16;

/// The future, and who wakes it.
pub(crate) struct AtOnce<F> {
    future: F,
    bell: Arc<Bell>,
    waker: Waker,
}

/// Rung by whatever the future waits for.
#[derive(Default)]
struct Bell {
    rung: AtomicBool,
    /// The future is being polled, and will see that it was rung.
    running: AtomicBool,
    task: AtomicWaker,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        // In this order: whoever ends a run looks at `rung` after it has said so.
        self.rung.store(true, Ordering::SeqCst);
        if !self.running.load(Ordering::SeqCst) {
            self.task.wake();
        }
    }
}

impl<F: Future + Unpin> AtOnce<F> {
    /// Of a future.
    pub(crate) fn new(future: F) -> Self {
        let bell = Arc::new(Bell::default());
        Self { future, waker: Waker::from(bell.clone()), bell }
    }

    /// The future itself, between polls.
    pub(crate) fn inner(&mut self) -> &mut F {
        &mut self.future
    }
}

impl<F: Future + Unpin> Future for AtOnce<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = &mut *self;
        this.bell.task.register(context.waker());
        for _ in 0..MOST {
            this.bell.running.store(true, Ordering::SeqCst);
            this.bell.rung.store(false, Ordering::SeqCst);
            let polled = Pin::new(&mut this.future).poll(&mut Context::from_waker(&this.waker));
            this.bell.running.store(false, Ordering::SeqCst);
            if polled.is_ready() || !this.bell.rung.load(Ordering::SeqCst) {
                return polled;
            }
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::pin::pin;
    use std::sync::atomic::AtomicUsize;

    use super::*;

    /// Counts how often the task was woken.
    #[derive(Default)]
    struct Woken(AtomicUsize);

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    /// Wakes itself so often before it is ready.
    fn wakes_itself(times: usize) -> impl Future<Output = ()> {
        let mut left = times;
        poll_fn(move |context| {
            if left == 0 {
                return Poll::Ready(());
            }
            left -= 1;
            context.waker().wake_by_ref();
            Poll::Pending
        })
    }

    #[test]
    fn who_wakes_itself_is_polled_at_once_and_not_for_ever() {
        let woken = Arc::new(Woken::default());
        let waker = Waker::from(woken.clone());
        let mut context = Context::from_waker(&waker);
        let mut few = AtOnce::new(Box::pin(wakes_itself(3)));
        assert!(Pin::new(&mut few).poll(&mut context).is_ready());
        assert_eq!(woken.0.load(Ordering::SeqCst), 0);
        let mut many = AtOnce::new(Box::pin(wakes_itself(MOST + 3)));
        assert!(Pin::new(&mut many).poll(&mut context).is_pending());
        assert_eq!(woken.0.load(Ordering::SeqCst), 1, "the task comes again");
        assert!(Pin::new(&mut many).poll(&mut context).is_ready());
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn nothing_that_happens_elsewhere_is_missed() {
        let (sender, mut receiver) = tokio::sync::mpsc::channel(1);
        let other = tokio::spawn(async move {
            for number in 0..20_000_u32 {
                if sender.send(number).await.is_err() {
                    break;
                }
            }
        });
        let all = pin!(async {
            let mut sum = 0_u64;
            while let Some(number) = receiver.recv().await {
                sum += u64::from(number);
            }
            sum
        });
        let sum = AtOnce::new(all).await;
        other.await.expect("it ends");
        assert_eq!(sum, 19_999 * 20_000 / 2);
    }
}
