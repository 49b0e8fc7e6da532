//! What an application sees over HTTP.
