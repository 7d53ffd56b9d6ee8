using System.Collections.Immutable;
using Postern.Engine.Gates;
using Postern.Engine.Loop;
using Postern.Interop.LibC;
using Postern.Policy.Decision;
using Postern.Protocols.Smtp.Outbound;

namespace Postern.Engine.Outbound;

/// <summary>
/// From a domain to a host that may have its mail: the resolver says which there are and what each has to show, and each address is
/// tried in turn. What every host fell short of is the answer when nobody is left.
/// </summary>
internal sealed class HopSearch : PollTarget, IRouteClient, IDisposable
{
    /// <summary>
    /// No further address is tried then. Clients wait five minutes for the answer to RCPT (RFC 5321 §4.5.3.2.3), and what has begun
    /// may take another minute and a half.
    /// </summary>
    private const int SearchTime = 150_000;

    /// <summary>
    /// RFC 8461 §3.3 gives a policy host that says nothing a minute, behind which there is an answer still: there is no policy. A survey that
    /// takes longer than this, or whose resolver died, is for the client's next attempt.
    /// </summary>
    private const int AnswerTimeout = 90_000;

    private readonly EngineThread _thread;
    private readonly Gate _gate;
    private readonly IHopLineOwner _owner;
    private readonly RouteRequest _request;
    private readonly List<SmtpRefusal> _reasons = [];
    private readonly long _ends;
    private uint _asking;
    private RouteAnswer? _answer;
    private int _host = -1;
    private int _address;
    private SmtpRefusal? _hostReason;

    public HopSearch(EngineThread thread, Gate gate, IHopLineOwner owner, RouteRequest request)
    {
        _thread = thread;
        _gate = gate;
        _owner = owner;
        _request = request;
        _ends = thread.Reactor.Now + SearchTime;
        thread.Reactor.Add(this);
        thread.Reactor.SetDeadline(this, AnswerTimeout);
        if (thread.Router is { } router)
            _asking = router.Find(new RouteQuestion(request.Domain, request.RequireTls) { IsReport = request.IsReport }, this);
        else
            Refusal = new SmtpRefusal(451, "4.3.5", "this gate has no resolver");
    }

    /// <summary>The line that is being tried, or that was found.</summary>
    public HopLine? Line { get; private set; }

    /// <summary>Not null: it is over, and there is no hop.</summary>
    public SmtpRefusal? Refusal { get; private set; }

    /// <summary>What the last host that failed did, in more words than a client is told; empty: none did.</summary>
    public string Detail { get; private set; } = "";

    public bool IsFound => Line is { State: HopLineState.Open };

    void IRouteClient.Routed(RouteAnswer answer)
    {
        _asking = 0;
        _thread.Reactor.CancelDeadline(this);
        _answer = answer;
        Refusal = answer.Refusal;
        if (Refusal is null)
            NextHost();
        _owner.LineChanged();
    }

    /// <summary>Goes on where the line has come to nothing.</summary>
    public void Advance()
    {
        while (Refusal is null && Line is { State: HopLineState.Failed } line)
            Failed(line, line.Fault!);
    }

    /// <summary>Takes the line out of the search, whose it is no longer.</summary>
    public HopLine Take()
    {
        HopLine line = Line!;
        Line = null;
        Tell(line, failure: null);
        return line;
    }

    protected internal override void OnEvents(int which, PollEvents events)
    {
        // Nothing is watched.
    }

    protected internal override void OnDeadline()
    {
        Refusal = new SmtpRefusal(451, "4.4.3", $"where mail for {_request.Domain} goes could not be found out in time");
        _owner.LineChanged();
    }

    public void Dispose()
    {
        if (_asking != 0)
            _thread.Router!.GiveUp(_asking);
        _asking = 0;
        Line?.Close(reset: false);
        Line = null;
        if (Slot != NoSlot)
            _thread.Reactor.Remove(this);
    }

    private void Failed(HopLine line, HopFault fault)
    {
        Line = null;
        Detail = $"{line.Name}: {fault.Detail}";

        // What may be another thing tomorrow is not for good because another address says so.
        if (_hostReason is not { IsPermanent: false } || !fault.Reason.IsPermanent)
            _hostReason = fault.Reason;
        if (fault.Failure is not null)
            Tell(line, fault.Failure);

        // Nobody demands TLS of it (RFC 7435 §3: opportunistic). What failed is counted, and the ratchet has seen it.
        if (fault.Failure == TlsFailure.Handshake && line.Case.Demand.Proof == TlsProof.IfOffered && !line.IsInTheClear && HasTime)
        {
            Line = new HopLine(_thread, _gate, _owner, line.Case, line.Address, inTheClear: true);
            return;
        }

        _address++;
        Try();
    }

    private bool HasTime => _thread.Reactor.Now < _ends;

    private void NextHost()
    {
        _host++;
        _address = 0;
        _hostReason = null;
        Try();
    }

    /// <summary>The next address, or the next host that has one.</summary>
    private void Try()
    {
        ImmutableArray<HopCase> hosts = _answer!.Hosts;
        for (; _host < hosts.Length && HasTime; _host++, _address = 0, _hostReason = null)
        {
            HopCase hop = hosts[_host];
            if (hop.Refusal is null && _address < hop.Addresses.Length)
            {
                Line = new HopLine(_thread, _gate, _owner, hop, hop.Addresses[_address], inTheClear: false);
                return;
            }

            _reasons.Add(_hostReason ?? hop.Refusal ?? new SmtpRefusal(451, "4.4.4", $"{hop.Host} for {hop.Domain} has no address that can be used"));
        }

        // Hosts that nobody had time for are ways still, whatever those before them said.
        if (_host < hosts.Length)
        {
            if (_hostReason is not null)
                _reasons.Add(_hostReason);
            _reasons.Add(new SmtpRefusal(451, "4.4.1", $"{hosts[_host].Host} for {_request.Domain} could not be tried in time"));
        }

        Refusal = SmtpRefusal.NoHostLeft(_reasons);
    }

    private void Tell(HopLine line, TlsFailure? failure)
    {
        // In the clear after a handshake that failed: that session has been told of. RFC 8460 §3: a report's own is not counted.
        if (!line.IsInTheClear && !_request.IsReport)
            _thread.Router!.Tell(new HopResult(_answer!.Ticket, _host, line.Address, failure, line.WatchFailure, line.Session?.Peer is not null));
    }
}
