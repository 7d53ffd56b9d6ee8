using Postern.Protocols;
using Postern.Protocols.Smtp.Outbound;

namespace Postern.Fuzz;

/// <summary>
/// Drives an <see cref="OutboundSession"/> as a connection would: unread bytes of both sides again with what came behind them, as
/// long as something comes of it.
/// </summary>
/// <param name="settings">Of the session.</param>
/// <param name="spare">Room for the hop beyond what a call needs: little of it, and a message goes through in small pieces.</param>
public sealed class OutboundTalk(OutboundSettings settings, int spare = 4096)
{
    /// <summary>More turns without an end than any input can need.</summary>
    private const int MaxTurns = 1_000_000;

    private readonly OutboundSession _session = new(settings);
    private readonly byte[] _clientRoom = new byte[OutboundSession.ClientRoom];
    private readonly byte[] _hopRoom = new byte[OutboundSession.HopRoom + spare];
    private readonly List<byte> _fromClient = [];
    private readonly List<byte> _fromHop = [];
    private readonly List<byte> _toThisHop = [];

    /// <summary>All that was said to the client.</summary>
    public List<byte> ToClient { get; } = [];

    /// <summary>All that was said to hops.</summary>
    public List<byte> ToHop { get; } = [];

    /// <summary>What each hop heard, up to its end.</summary>
    public List<byte[]> Hops { get; } = [];

    /// <summary>What the session wanted done, in the words of the scripts.</summary>
    public List<string> Actions { get; } = [];

    public bool HasEnded { get; private set; }

    public bool HasHop { get; private set; }

    public bool WaitsForRoute { get; private set; }

    /// <summary>What of the client is unread.</summary>
    public int Unread => _fromClient.Count;

    public void Client(ReadOnlySpan<byte> bytes)
    {
        _fromClient.AddRange(bytes);
        Pump();
    }

    public void Hop(ReadOnlySpan<byte> bytes)
    {
        if (HasHop)
            _fromHop.AddRange(bytes);
        Pump();
    }

    public void Found(NextHop hop)
    {
        if (HasEnded || !WaitsForRoute)
            return;
        WaitsForRoute = false;
        HasHop = true;
        _fromHop.Clear();
        _session.RouteFound(hop);
        Pump();
    }

    public void Failed(OutboundRefusal why)
    {
        if (HasEnded || !WaitsForRoute)
            return;
        WaitsForRoute = false;
        _session.RouteFailed(why);
        Pump();
    }

    public void HopGone(HopEnd end)
    {
        if (HasEnded || !HasHop)
            return;
        var toClient = new ByteWriter(_clientRoom);
        _session.HopGone(end, ref toClient);
        ToClient.AddRange(toClient.Written);
        LeaveHop();
        Pump();
    }

    public void ClientGone()
    {
        if (HasEnded)
            return;
        var toHop = new ByteWriter(_hopRoom);
        OutboundStep step = _session.ClientGone(ref toHop);
        Tell(toHop.Written);
        Act(step);
    }

    private void Pump()
    {
        for (int turn = 0; turn < MaxTurns; turn++)
        {
            if (HasEnded || !(Turn(fromHop: true) | Turn(fromHop: false)))
                return;
        }

        throw new InvalidOperationException("The session goes on without end.");
    }

    private bool Turn(bool fromHop)
    {
        if (HasEnded)
            return false;

        var toClient = new ByteWriter(_clientRoom);
        var toHop = new ByteWriter(_hopRoom);
        List<byte> unread = fromHop ? _fromHop : _fromClient;
        OutboundStep step = fromHop
            ? _session.FromHop(unread.ToArray(), ref toClient)
            : _session.FromClient(unread.ToArray(), ref toClient, ref toHop);
        if (toClient.Overflowed || toHop.Overflowed)
            throw new InvalidOperationException("An answer did not fit into the room that the session asks for.");

        unread.RemoveRange(0, step.Consumed);
        ToClient.AddRange(toClient.Written);
        Tell(toHop.Written);
        Act(step);
        return step.Consumed > 0 || step.Action != OutboundAction.None;
    }

    private void Act(OutboundStep step)
    {
        if (step.Action.HasFlag(OutboundAction.CloseHop))
            Drop("close-hop");
        if (step.Action.HasFlag(OutboundAction.ResetHop))
            Drop("reset-hop");
        if (step.Action.HasFlag(OutboundAction.FindRoute))
        {
            WaitsForRoute = true;
            Actions.Add($"find-route {_session.Route!.Domain}{(_session.Route.RequireTls ? " requiretls" : "")}{(_session.Route.IsReport ? " report" : "")}");
        }

        if (step.Action.HasFlag(OutboundAction.End))
        {
            HasEnded = true;
            Actions.Add(step.Refusal == Refusal.None ? "end" : $"refuse {step.Refusal}");
        }
    }

    private void Drop(string action)
    {
        if (!HasHop)
            throw new InvalidOperationException("There is no hop to be dropped.");
        LeaveHop();
        Actions.Add(action);
    }

    private void Tell(ReadOnlySpan<byte> words)
    {
        if (!HasHop && !words.IsEmpty)
            throw new InvalidOperationException("There is no hop that could be told something.");
        ToHop.AddRange(words);
        _toThisHop.AddRange(words);
    }

    private void LeaveHop()
    {
        HasHop = false;
        _fromHop.Clear();
        Hops.Add([.. _toThisHop]);
        _toThisHop.Clear();
    }
}
