using System.Buffers.Binary;
using System.Text;
using Postern.Engine.Connections;
using Postern.Engine.Counting;
using Postern.Engine.Dialing;
using Postern.Engine.Gates;
using Postern.Engine.Logging;
using Postern.Interop.LibC;
using Postern.Roles.KeyAgent;
using Postern.Roles.Room;

namespace Postern.Roles.Porter;

/// <summary>What rooms ask for, and what is made of it: each question is about the room's own connection and its gate.</summary>
internal sealed partial class Porter
{
    /// <summary>The client that a PROXY header announced: limits go by it.</summary>
    internal void Admit(RoomProcess room, ReadOnlySpan<byte> body)
    {
        Visit visit = room.Visit!;
        if (!visit.AwaitsHeader || !RoomMessage.TryRead(body, out Endpoint client))
        {
            Broken(room, "it announces a client where nobody may");
            return;
        }

        visit.AwaitsHeader = false;
        visit.Client = client;
        string limit = _admission.Admit(visit.Gate, client) ?? "";
        visit.Admitted = limit.Length == 0;
        room.Answer(RoomMessageKind.Admitted, Encoding.ASCII.GetBytes(limit));
    }

    /// <summary>Passed on to the key agent, for keys of the room's own gate.</summary>
    internal void Sign(RoomProcess room, ReadOnlySpan<byte> body)
    {
        if (!SigningRequest.TryRead(body, out SigningRequest request) || !_keysOfGates[room.Visit!.Gate.Number].Contains(request.Key))
            Broken(room, "it asks for a signature by a key that its gate does not use");
        else
            _keys.Ask(room, body);
    }

    /// <summary>Passed on to the dialer, for addresses of the room's own gate.</summary>
    internal void Dial(RoomProcess room, ReadOnlySpan<byte> body)
    {
        Gate gate = room.Visit!.Gate;
        int route = BinaryPrimitives.ReadInt16LittleEndian(body), index = BinaryPrimitives.ReadInt16LittleEndian(body[2..]);
        if (route < -1 || route >= gate.RouteBackends.Length || index < 0 || index >= gate.BackendOf(route).Length)
        {
            Broken(room, "it asks for a backend that its gate does not have");
            return;
        }

        room.Visit.Backend = gate.BackendOf(route)[index];
        DialAnswer answer = _thread.Dialer.Dial(gate, route, index, room);
        room.Dialling = answer.Number;
        if (answer.Number == 0)
            ((IDialClient)room).Dialled(answer.Result, answer.Fd);
    }

    internal void Report(RoomProcess room, ReadOnlySpan<byte> body)
    {
        Visit visit = room.Visit!;
        if (RoomReport.Read(body) is not { } report)
        {
            Broken(room, "its report is none");
            return;
        }

        Leave(room);
        Scoreboard.GateRow row = RowOf(visit.Gate);
        row.BytesFromClients += report.BytesIn;
        row.BytesToClients += report.BytesOut;
        Ended(visit, new Ending(report.Stage, report.Outcome, report.Detail) { Report = report });
    }

    /// <summary>The end of a room's channel. With a connection and without a report it is the end of both.</summary>
    internal void Gone(RoomProcess room)
    {
        bool served = room.State == RoomState.Serving;
        Leave(room);
        if (!served)
        {
            Refill();
            return;
        }

        Ended(room.Visit!, new Ending(FirstStage(room.Visit!.Gate), Outcome.ProcessDied, $"process {room.Pid} of this connection died"));
        _nursery.Renew();
    }

    /// <summary>A room that does what no room does: it gets nothing more. What it holds is its own connection.</summary>
    internal void Broken(RoomProcess room, string why)
    {
        Visit? visit = room.Visit;
        _thread.Log.Say(3, "room", $"process {room.Pid} of a connection{(visit is null ? "" : $" at gate {visit.Gate.Name} from {visit.Client}")} is not heard any more: {why}; look for an intruder");
        Leave(room);
        _nursery.Kill(room.Pid);
        if (visit is not null)
            Ended(visit, new Ending(FirstStage(visit.Gate), Outcome.ProcessDied, why));
        _nursery.Renew();
    }

    private void Leave(RoomProcess room)
    {
        if (room.State == RoomState.Ended)
            return;

        _rooms--;
        if (room.Dialling != 0)
            _thread.Dialer.GiveUp(room.Dialling);
        if (room.State == RoomState.Starting)
            _starting--;
        if (room.State == RoomState.Idle)
            _ = _idle.Remove(room);
        room.Dismiss();
    }

    /// <summary>Counts a visit out and writes it down.</summary>
    private void Ended(Visit visit, Ending ending)
    {
        Descriptor.Close(visit.Fd);
        Scoreboard.GateRow row = RowOf(visit.Gate);
        row.Live--;
        row.Stage(ending.Stage)++;
        row.Outcome(ending.Outcome)++;
        _live--;
        if (visit.Admitted)
            _admission.Leave(visit.Gate, visit.Client);
        if (visit.Shed.Length > 0 && ending.Report is not null)
            _shedding--;

        RoomReport? report = ending.Report;
        _thread.Log.Write(new ConnectionRecord
        {
            Gate = visit.Gate.Name,
            Protocol = visit.Gate.Protocol.Name,
            Client = visit.Client,
            ServerName = report?.ServerName,
            Alpn = report?.Alpn,
            TlsVersion = report?.TlsVersion,
            Cipher = report?.Cipher,
            Resumed = report?.Resumed ?? false,
            Backend = visit.Backend,
            BackendTls = report?.BackendTls,
            BytesIn = report?.BytesIn ?? 0,
            BytesOut = report?.BytesOut ?? 0,
            Milliseconds = Reactor.Now - visit.Since,
            Stage = ending.Stage,
            Outcome = ending.Outcome,
            Detail = ending.Detail,
        });
        StopWhenEmpty();
    }

    /// <summary>How a visit ended, as far as the porter or its room can tell.</summary>
    private sealed record Ending(Stage Stage, Outcome Outcome, string Detail)
    {
        public RoomReport? Report { get; init; }
    }
}
