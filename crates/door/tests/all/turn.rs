//! Whose turn it is: good sources first, suspects last, nobody dropped.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use door::{Queued, StandingClass, Turn};
use tokio::task::JoinHandle;

/// Lets every task run until it waits.
async fn settle() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}

fn served(turn: &Turn, class: StandingClass, order: &Arc<std::sync::Mutex<Vec<StandingClass>>>) -> JoinHandle<()> {
    let (turn, order) = (turn.clone(), Arc::clone(order));
    tokio::spawn(async move {
        let place = turn.wait(class).await;
        order.lock().unwrap().push(class);
        tokio::task::yield_now().await;
        drop(place);
    })
}

#[tokio::test]
async fn while_places_are_free_nobody_waits() {
    let turn = Turn::new(4, 3);
    let places = [turn.wait(StandingClass::Suspect).await, turn.wait(StandingClass::Unknown).await];
    assert_eq!(turn.queued(), Queued { taken: 2, ..Queued::default() });
    drop(places);
    assert_eq!(turn.queued(), Queued::default());
}

#[tokio::test]
async fn a_flood_of_suspects_leaves_a_place_in_which_good_ones_do_not_wait() {
    let turn = Turn::new(4, 3);
    let suspects: Vec<_> = (0..100)
        .map(|_| {
            let turn = turn.clone();
            tokio::spawn(async move { std::mem::forget(turn.wait(StandingClass::Bad).await) })
        })
        .collect();
    settle().await;
    assert_eq!(turn.queued(), Queued { taken: 3, suspect: 97, ..Queued::default() });
    for _ in 0..10 {
        drop(turn.wait(StandingClass::Good).await);
    }
    assert_eq!(turn.queued().suspect, 97, "suspects did not get the good ones' place");
    suspects.iter().for_each(JoinHandle::abort);
}

#[tokio::test]
async fn all_are_served_the_good_ones_first() {
    let turn = Turn::new(2, 1);
    let order = Arc::new(std::sync::Mutex::new(Vec::new()));
    let (one, two) = (turn.wait(StandingClass::Good).await, turn.wait(StandingClass::Good).await);
    let classes = [StandingClass::Suspect, StandingClass::Unknown, StandingClass::Good];
    let waiting: Vec<_> = classes
        .into_iter()
        .flat_map(|class| (0..40).map(move |_| class))
        .map(|class| served(&turn, class, &order))
        .collect();
    settle().await;
    drop((one, two));
    for task in waiting {
        task.await.unwrap();
    }
    let order = order.lock().unwrap();
    let last = |class| order.iter().rposition(|served| *served == class).unwrap();
    assert_eq!(order.len(), 120);
    assert!(last(StandingClass::Good) < last(StandingClass::Unknown), "{order:?}");
    assert!(last(StandingClass::Unknown) < last(StandingClass::Suspect), "{order:?}");
    let first = order.iter().position(|served| *served == StandingClass::Suspect).unwrap();
    assert!(first < 13, "suspects move on while good ones wait: {order:?}");
    assert_eq!(turn.queued(), Queued::default());
}

#[tokio::test]
async fn who_stops_waiting_takes_no_place() {
    let turn = Turn::new(2, 1);
    let held = (turn.wait(StandingClass::Good).await, turn.wait(StandingClass::Good).await);
    let count = Arc::new(AtomicUsize::new(0));
    let tasks: Vec<_> = (0..20)
        .map(|n| {
            let (turn, count) = (turn.clone(), Arc::clone(&count));
            let task = tokio::spawn(async move {
                let _place = turn.wait(StandingClass::Unknown).await;
                count.fetch_add(1, Ordering::Relaxed);
            });
            (n, task)
        })
        .collect();
    settle().await;
    for (n, task) in &tasks {
        if n % 2 == 0 {
            task.abort();
        }
    }
    settle().await;
    drop(held);
    for (n, task) in tasks {
        assert_eq!(task.await.is_err(), n % 2 == 0);
    }
    assert_eq!((count.load(Ordering::Relaxed), turn.queued()), (10, Queued::default()));
}
