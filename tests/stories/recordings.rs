//! Recordings: what the carrier tells of them is kept, and what was kept long enough is deleted there.

use talktime::domain::recording::{Recording, RecordingState};
use talktime::flows::sweep::sweep;
use talktime::storage::{StorageError, recordings};
use talktime::voice::{Order, Outcome, Place};

use crate::on_both_databases;
use crate::support::World;

async fn of_call(world: &World, account: &str, call: &str) -> Vec<Recording> {
    let (account, call) = (account.to_owned(), call.to_owned());
    let found = world.service.app.db.read(move |tx| recordings::of_call(tx, &account, &call)).await;
    found.map_err(|error: StorageError| error).unwrap()
}

async fn order(world: &World, order: Order) -> Outcome {
    let app = &world.service.app;
    let response = app.outbound.send(&app.carrier.request(&order)).await;
    app.carrier.response(&order, &response)
}

on_both_databases! {
    async fn a_recording_is_followed_to_its_end_and_deleted_when_its_time_is_over(world: World) {
        let account = world.caller("1.00").await;
        let call = world.call(&account, &["+14155550101"]).await;
        world.wait(10).await;
        let call_sid = world.at_the_carrier(&call, 0).await.sid;
        let status_url = world.service.app.carrier.url(&Place::Recording { call: call.clone() });
        let Outcome::Recordings(begun) = order(world, Order::StartRecording { call_sid, status_url }).await else {
            panic!("the carrier records")
        };
        world.wait(5).await;
        let going = of_call(world, &account, &call).await;
        assert_eq!((going.len(), going[0].state), (1, RecordingState::InProgress));
        assert_eq!(going[0].carrier_sid, begun[0].carrier_sid);
        world.hang_up(&call).await;
        world.until_settled(&call).await;
        world.wait(5).await;
        let mut kept = of_call(world, &account, &call).await.remove(0);
        assert_eq!(kept.state, RecordingState::Completed);
        assert!(kept.seconds.is_some_and(|seconds| seconds >= 5) && kept.media_url.is_some(), "{kept:?}");

        kept.keep_until = world.now();
        let now = world.now();
        world.service.app.db.write(move |tx| recordings::save(tx, &kept)).await.unwrap();
        world.service.app.db.write(move |tx| sweep(tx, now)).await.unwrap();
        world.wait(5).await;
        let gone = of_call(world, &account, &call).await.remove(0);
        assert_eq!((gone.state, gone.media_url.as_ref()), (RecordingState::Deleted, None));
        assert!(gone.deleted_at.is_some());
        let again = order(world, Order::DeleteRecording { recording_sid: gone.carrier_sid }).await;
        assert_eq!(again, Outcome::Gone, "the carrier has it no longer");
    }
}
