//! The world of a story.

pub mod database;
pub mod locks;
pub mod pages;
pub mod person;
pub mod promises;
pub mod twin;
pub mod world;

pub use database::Kind;
pub use world::World;

/// Tells a story on each database.
#[macro_export]
macro_rules! on_both_databases {
    ($($(#[$meta:meta])* async fn $name:ident($world:ident: World) $story:block)+) => {$(
        mod $name {
            use super::*;

            async fn story($world: &mut World) $story

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() {
                let mut world = World::new($crate::support::Kind::Sqlite).await;
                story(&mut world).await;
                world.close().await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgres() {
                let mut world = World::new($crate::support::Kind::Postgres).await;
                story(&mut world).await;
                world.close().await;
            }
        }
    )+};
}
