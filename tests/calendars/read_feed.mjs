// Reads a feed as Thunderbird does, by ical.js. Takes an address; prints its events as JSON.
import ICAL from "ical.js";

const answer = await fetch(process.argv[2]);
if (answer.status !== 200) {
  console.log(JSON.stringify({ status: answer.status, name: null, events: [] }));
} else {
  const calendar = new ICAL.Component(ICAL.parse(await answer.text()));
  const utc = (time) => time.toJSDate().toISOString().replace(".000Z", "Z");
  const events = calendar.getAllSubcomponents("vevent").map((each) => {
    const event = new ICAL.Event(each);
    return {
      uid: event.uid,
      start: utc(event.startDate),
      end: utc(event.endDate),
      summary: event.summary,
      location: event.location ?? "",
      status: each.getFirstPropertyValue("status"),
      sequence: each.getFirstPropertyValue("sequence"),
    };
  });
  console.log(JSON.stringify({ status: 200, name: calendar.getFirstPropertyValue("x-wr-calname"), events }));
}
