//! Draws numbers as bars or lines with their axes: pure geometry in whole units of the drawing. What the numbers mean
//! is its caller's business; what is drawn becomes SVG in `chart.html`, and colours are the style sheet's.

const WIDTH: i64 = 360;
const HEIGHT: i64 = 180;
/// Room for the labels of the axes.
const LEFT: i64 = 46;
const RIGHT: i64 = 8;
const TOP: i64 = 10;
const BOTTOM: i64 = 22;
const FLOOR: i64 = HEIGHT - BOTTOM;
/// Lines across, without the floor.
const STEPS: i64 = 4;
/// Names below, so that none covers the next.
const MOST_NAMES: usize = 6;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// One bar a place, the series on top of each other.
    Bars,
    Lines,
}

/// One row of numbers; `None` where there is nothing to say.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Series {
    pub name: String,
    pub values: Vec<Option<i64>>,
}

#[derive(Default, PartialEq, Eq, Debug)]
pub struct Drawing {
    pub ticks: Vec<Tick>,
    pub names: Vec<Name>,
    pub bars: Vec<Bar>,
    pub lines: Vec<Line>,
    pub dots: Vec<Dot>,
}

/// A line across with its number.
#[derive(PartialEq, Eq, Debug)]
pub struct Tick {
    pub y: i64,
    pub text: String,
}

/// What a place is called.
#[derive(PartialEq, Eq, Debug)]
pub struct Name {
    pub x: i64,
    pub text: String,
}

#[derive(PartialEq, Eq, Debug)]
pub struct Bar {
    pub x: i64,
    pub y: i64,
    pub width: i64,
    pub height: i64,
    pub series: usize,
}

#[derive(PartialEq, Eq, Debug)]
pub struct Line {
    /// As SVG wants them: `10,20 30,40`.
    pub points: String,
    pub series: usize,
}

/// A number without a neighbour to draw a line to.
#[derive(PartialEq, Eq, Debug)]
pub struct Dot {
    pub x: i64,
    pub y: i64,
    pub series: usize,
}

impl Drawing {
    pub const WIDTH: i64 = WIDTH;
    pub const HEIGHT: i64 = HEIGHT;
    pub const LEFT: i64 = LEFT;
    pub const END: i64 = WIDTH - RIGHT;
    pub const FLOOR: i64 = FLOOR;
}

/// `places` are the names along the floor; each series has a value for each. `tick` writes a number of the axis.
pub fn draw(kind: Kind, places: &[String], series: &[Series], tick: fn(i64) -> String) -> Drawing {
    let step = step(highest(kind, places.len(), series));
    let scale = Scale { top: step * STEPS, places: i64::try_from(places.len().max(1)).unwrap_or(i64::MAX) };
    let mut drawing = Drawing { names: names(places, &scale), ..Drawing::default() };
    drawing.ticks = (0..=STEPS).map(|n| Tick { y: scale.y(n * step), text: tick(n * step) }).collect();
    match kind {
        Kind::Bars => drawing.bars = bars(series, &scale),
        Kind::Lines => series.iter().enumerate().for_each(|(number, one)| line(&mut drawing, number, one, &scale)),
    }
    drawing
}

struct Scale {
    /// The number at the upper edge.
    top: i64,
    places: i64,
}

impl Scale {
    fn y(&self, value: i64) -> i64 {
        // In 128 bits: micro-units are large numbers.
        let up = i128::from(value.max(0)) * i128::from(FLOOR - TOP) / i128::from(self.top);
        FLOOR - i64::try_from(up).unwrap_or(FLOOR - TOP).min(FLOOR - TOP)
    }

    /// The middle of a place.
    fn x(&self, place: usize) -> i64 {
        let place = i64::try_from(place).unwrap_or(0);
        LEFT + (2 * place + 1) * (WIDTH - LEFT - RIGHT) / (2 * self.places)
    }

    fn bar_width(&self) -> i64 {
        ((WIDTH - LEFT - RIGHT) * 7 / (self.places * 10)).clamp(2, 40)
    }
}

fn highest(kind: Kind, places: usize, series: &[Series]) -> i64 {
    let at = |place: usize| series.iter().map(move |one| one.values.get(place).copied().flatten().unwrap_or(0).max(0));
    let each = (0..places).map(|place| match kind {
        Kind::Bars => at(place).sum(),
        Kind::Lines => at(place).max().unwrap_or(0),
    });
    each.max().unwrap_or(0)
}

/// The least of 1, 2, 5, 10, 20, 50 … of which so many reach `highest`.
fn step(highest: i64) -> i64 {
    let powers = (0..18).map(|power| 10_i64.pow(power));
    let nice = powers.flat_map(|power| [1, 2, 5].map(|digit| digit * power));
    nice.into_iter().find(|step| step.saturating_mul(STEPS) >= highest).unwrap_or(i64::MAX / STEPS)
}

fn names(places: &[String], scale: &Scale) -> Vec<Name> {
    let every = places.len().div_ceil(MOST_NAMES).max(1);
    let named = places.iter().enumerate().step_by(every);
    named.map(|(place, text)| Name { x: scale.x(place), text: text.clone() }).collect()
}

fn bars(series: &[Series], scale: &Scale) -> Vec<Bar> {
    let places = series.iter().map(|one| one.values.len()).max().unwrap_or(0);
    let (mut bars, width) = (vec![], scale.bar_width());
    for place in 0..places {
        let mut below = 0;
        for (number, one) in series.iter().enumerate() {
            let value = one.values.get(place).copied().flatten().unwrap_or(0).max(0);
            let (y, floor) = (scale.y(below + value), scale.y(below));
            below += value;
            if floor > y {
                bars.push(Bar { x: scale.x(place) - width / 2, y, width, height: floor - y, series: number });
            }
        }
    }
    bars
}

/// Broken where nothing is known: a line would claim what nobody measured.
fn line(drawing: &mut Drawing, series: usize, one: &Series, scale: &Scale) {
    let points: Vec<_> =
        one.values.iter().enumerate().map(|(place, value)| value.map(|v| (scale.x(place), scale.y(v)))).collect();
    for part in points.split(Option::is_none) {
        match part.iter().flatten().collect::<Vec<_>>()[..] {
            [] => {}
            [&(x, y)] => drawing.dots.push(Dot { x, y, series }),
            ref several => {
                let points: Vec<_> = several.iter().map(|(x, y)| format!("{x},{y}")).collect();
                drawing.lines.push(Line { points: points.join(" "), series });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(values: &[Option<i64>]) -> Series {
        Series { name: "one".to_owned(), values: values.to_vec() }
    }

    fn places(count: usize) -> Vec<String> {
        (0..count).map(|n| n.to_string()).collect()
    }

    fn drawn(kind: Kind, rows: &[Series]) -> Drawing {
        draw(kind, &places(rows.first().map_or(0, |row| row.values.len())), rows, |value| value.to_string())
    }

    #[test]
    fn the_axis_is_round_and_reaches_the_highest_number() {
        for (highest, top) in [(0, 4), (1, 4), (5, 8), (17, 20), (81, 200), (i64::MAX, i64::MAX / 4 * 4)] {
            assert_eq!(step(highest) * STEPS, top, "{highest}");
        }
        let drawing = drawn(Kind::Bars, &[series(&[Some(17)])]);
        let texts: Vec<_> = drawing.ticks.iter().map(|tick| tick.text.as_str()).collect();
        assert_eq!(texts, ["0", "5", "10", "15", "20"]);
        assert_eq!((drawing.ticks[0].y, drawing.ticks[4].y), (FLOOR, TOP));
    }

    #[test]
    fn bars_stand_on_each_other_and_inside_the_frame() {
        let drawing = drawn(Kind::Bars, &[series(&[Some(10), None]), series(&[Some(30), Some(40)])]);
        let [low, high, alone] = &drawing.bars[..] else { panic!("{drawing:?}") };
        assert_eq!((low.y + low.height, high.y + high.height), (FLOOR, low.y));
        assert_eq!(alone.y + alone.height, FLOOR);
        for bar in &drawing.bars {
            assert!(bar.x >= LEFT && bar.x + bar.width <= WIDTH - RIGHT && bar.y >= TOP, "{bar:?}");
        }
    }

    #[test]
    fn a_line_is_broken_where_nothing_is_known() {
        let drawing = drawn(Kind::Lines, &[series(&[Some(1), Some(2), None, Some(3)])]);
        assert_eq!((drawing.lines.len(), drawing.dots.len()), (1, 1));
        assert_eq!(drawing.lines[0].points.split(' ').count(), 2);
    }

    #[test]
    fn nothing_at_all_is_drawn_as_an_empty_frame() {
        for kind in [Kind::Bars, Kind::Lines] {
            let drawing = drawn(kind, &[]);
            assert!(drawing.bars.is_empty() && drawing.lines.is_empty() && drawing.ticks.len() == 5);
            assert!(drawn(kind, &[series(&[Some(-5), Some(0)])]).bars.is_empty());
        }
    }

    #[test]
    fn names_along_the_floor_leave_each_other_room() {
        for count in [1, 6, 7, 24, 30] {
            let names = draw(Kind::Bars, &places(count), &[], |value| value.to_string()).names;
            assert!((1..=MOST_NAMES).contains(&names.len()), "{count}: {}", names.len());
            assert!(names.windows(2).all(|pair| pair[1].x - pair[0].x >= 40), "{count}");
        }
    }
}
