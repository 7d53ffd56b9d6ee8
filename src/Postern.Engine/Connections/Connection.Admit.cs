using Postern.Protocols;

namespace Postern.Engine.Connections;

/// <summary>Who gets in at all: limits of the gate, of each client, and of descriptors (S11).</summary>
internal sealed partial class Connection
{
    /// <summary>
    /// Clients of an implicit-TLS gate that are told why they are shed: it takes a handshake to say it, and a flood of
    /// handshakes is what limits are there against. Beyond this number a connection is closed without a word.
    /// </summary>
    private const int MaxSheddingInTls = 32;

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
        if (_gate.Tls != TlsMode.Implicit)
        {
            var output = new ByteWriter(_thread.Answer);
            _gate.Protocol.WriteUnavailable(new Apology(Unavailable.Busy, _gate.HostName), RefusalPlace.Greeting, [], ref output);
            Say(output.Written);
            End(Outcome.Shed, reason);
            return;
        }

        bool hasWords = _gate.Protocol.FirstSpeaker == FirstSpeaker.Server;
        if (!hasWords || _thread.OutOfDescriptors || _thread.Shedding >= MaxSheddingInTls)
        {
            End(Outcome.Shed, reason);
            return;
        }

        _shedding = true;
        _shedReason = reason;
        _thread.Shedding++;
        EnterHandshake();
    }
}
