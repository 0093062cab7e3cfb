# SPDX-License-Identifier: Apache-2.0
import gobox_client
from tests.scripted import HANG_UP, OK_RESULT, Script, answer, frame, refuse, stream


def started(number):
    return frame(number, "stage", {"stage": "run", "state": "started"})


def printed(number, text):
    return frame(number, "stdout", {"stage": "run", "text": text, "encoding": "utf-8"})


def ended(number):
    return frame(number, "result", OK_RESULT)


class Events(Script):
    def test_a_broken_stream_goes_on_behind_the_last_event(self):
        client = self.against(
            stream(started(1), ": still running\n\n", printed(2, "a"), 'id: 3\nevent: stdout\ndata: {"sta'),
            refuse(503, "1"), HANG_UP, stream(printed(2, "a"), printed(3, "b"), ended(4)))
        events = list(client.events("r", omit_output=True))
        self.assertEqual([event.id for event in events], [1, 2, 3, 4])
        self.assertEqual(b"".join(event.bytes() for event in events if event.kind == "stdout"), b"ab")
        self.assertEqual(events[-1].data["outcome"], "ok")
        self.assertEqual([request.headers.get("Last-Event-ID") for request in self.requests], [None, "2", "2", "2"])
        self.assertEqual(self.requests[0].target, "/v1/runs/r/events?omit=stdout%2Cstderr")

    def test_a_stream_that_never_gets_anywhere_ends(self):
        client = self.against(stream(started(1)), retries=3)
        with self.assertRaisesRegex(gobox_client.Disconnected, "without its result"):
            client.wait("r")
        self.assertEqual(len(self.requests), 4)

    def test_there_is_no_such_run(self):
        with self.assertRaises(gobox_client.NotFound):
            self.against(refuse(404)).wait("r")

    def test_a_silent_connection_is_made_again(self):
        status, headers, text = stream(started(1))
        client = self.against((status, {**headers, "X-Hang": "1"}, text), stream(ended(2)), silence=0.1)
        self.assertEqual(client.wait("r")["outcome"], "ok")

    def test_a_stream_ends_with_its_time(self):
        status, headers, text = stream(started(1))
        client = self.against((status, {**headers, "X-Hang": "1"}, text))
        with self.assertRaises(TimeoutError):
            client.wait("r", timeout=0.2)

    def test_events_of_a_later_server_are_handed_on(self):
        client = self.against(stream("retry: 10\r\nid: 1\r\nevent: weather\r\ndata: [1,\r\ndata: 2]\r\n\r\n", ended(2)))
        first = next(client.events("r"))
        self.assertEqual((first.kind, first.data), ("weather", [1, 2]))

    def test_an_event_is_read_up_to_the_bound_of_an_answer(self):
        client = self.against(stream(printed(1, "x" * 2000)), answer_limit=1000)
        with self.assertRaisesRegex(gobox_client.Disconnected, "longer than 1000"):
            client.wait("r")
        self.assertEqual(len(self.requests), 1)

    def test_what_is_no_stream_is_no_endless_loop(self):
        with self.assertRaises(gobox_client.Disconnected):
            self.against(answer({"id": "r"}), retries=2).wait("r")
