using Postern.Protocols;

namespace Postern.Engine.Connections;

/// <summary>Who gets in at all: limits of the gate, of each client, and of descriptors (S11).</summary>
internal sealed partial class Connection
{
    /// <summary>
    /// Clients that are shed and stay for a moment to hear why: inside implicit TLS it takes a handshake to say it, and a flood
    /// of handshakes is what limits are there against. Beyond this number a connection is closed at once.
    /// </summary>
    private const int MaxShedding = 32;

    private bool _shedding;
    private string _shedReason = "";

    /// <summary>False when the connection is being shed (or has been).</summary>
    private bool Admit()
    {
        string? reason = OverLimit();
        if (reason is null)
        {
            _admitted = true;
            return true;
        }

        Shed(reason);
        return false;
    }

    private string? OverLimit() =>
        _thread.OutOfDescriptors ? "no descriptors left (LimitNOFILE)" : _thread.Admission.Admit(_gate, _client);

    private void Shed(string reason)
    {
        var output = new ByteWriter(_thread.Answer);
        _gate.Protocol.WriteUnavailable(new Apology(Unavailable.Busy, _gate.HostName), RefusalPlace.Greeting, [], ref output);
        bool inside = _gate.Tls == TlsMode.Implicit;
        if (!inside)
            Say(output.Written);

        // Who waits for a greeting has it. Who speaks first speaks now, and an RST for its words could overtake ours.
        bool stays = output.Length > 0 && (inside || _gate.Protocol.FirstSpeaker == FirstSpeaker.Client);
        if (!stays || _thread.OutOfDescriptors || _thread.Shedding >= MaxShedding)
        {
            End(Outcome.Shed, reason);
            return;
        }

        _shedding = true;
        _shedReason = reason;
        _thread.Shedding++;
        if (inside)
            EnterHandshake();
        else
            EnterLinger(Outcome.Shed, reason);
    }
}
