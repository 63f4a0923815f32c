// Reads feeds as Thunderbird does, by ical.js. Takes addresses; prints the events of each as a line of JSON.
import ICAL from "ical.js";

const utc = (time) => time.toJSDate().toISOString().replace(".000Z", "Z");

async function read(address) {
  const answer = await fetch(address);
  if (answer.status !== 200) return { status: answer.status, name: null, events: [] };
  const calendar = new ICAL.Component(ICAL.parse(await answer.text()));
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
  return { status: 200, name: calendar.getFirstPropertyValue("x-wr-calname"), events };
}

for (const address of process.argv.slice(2)) console.log(JSON.stringify(await read(address)));
