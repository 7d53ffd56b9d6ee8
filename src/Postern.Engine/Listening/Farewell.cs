using Postern.Engine.Connections;
using Postern.Engine.Counting;
using Postern.Engine.Gates;
using Postern.Interop.LibC;
using Postern.Protocols;

namespace Postern.Engine.Listening;

/// <summary>The one word to a client for whom there is not even a descriptor. Inside implicit TLS there is none.</summary>
internal static class Farewell
{
    public static void Say(EngineThread thread, Gate gate, int fd)
    {
        Scoreboard.GateRow row = thread.Scoreboard.Row(thread.Slot, gate.Row);
        row.Accepted++;
        row.Outcome(Outcome.Shed)++;
        if (gate.Tls == TlsMode.Implicit)
            return;

        var output = new ByteWriter(thread.Answer);
        gate.Protocol.WriteUnavailable(new Apology(Unavailable.Busy, gate.HostName), RefusalPlace.Greeting, [], ref output);
        _ = StreamSocket.Send(fd, output.Written);
    }
}
