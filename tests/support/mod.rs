//! The world of a story.

pub mod database;
pub mod hosted;
pub mod pages;
pub mod promises;
pub mod world;

pub use database::Kind;
pub use world::World;

/// Tells a story on each database.
#[macro_export]
macro_rules! on_both_databases {
    ($($(#[$meta:meta])* async fn $name:ident($world:ident: World) $story:block)+) => {
        $crate::on_both_databases! { in new; $($(#[$meta])* async fn $name($world: World) $story)+ }
    };
    // A world that is made in another way.
    (in $make:ident; $($(#[$meta:meta])* async fn $name:ident($world:ident: World) $story:block)+) => {$(
        mod $name {
            use super::*;

            async fn story($world: &mut World) $story

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() {
                let mut world = World::$make($crate::support::Kind::Sqlite).await;
                story(&mut world).await;
                world.close().await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgres() {
                let mut world = World::$make($crate::support::Kind::Postgres).await;
                story(&mut world).await;
                world.close().await;
            }
        }
    )+};
}
