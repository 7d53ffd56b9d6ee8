using Postern.Engine.Upstream;
using Postern.Interop.LibSsl.Demands;
using Postern.Protocols;

namespace Postern.Engine.Connections;

/// <summary>
/// What the next address of the backend must show by DANE, asked before it is dialled. An address that cannot be proved is passed
/// over; when none is left the client hears no, whatever else might be said for the backend (docs/adr/0030-dane-backends.md).
/// </summary>
internal sealed partial class Connection : IDemandClient
{
    /// <summary>
    /// The resolver's own deadline is shorter: 20 seconds, and 30 for the look-up that it may have begun before they are over. This is
    /// for one that died.
    /// </summary>
    private const int DaneTimeout = 60_000;

    /// <summary>Of which address <see cref="_demand"/> is, and 1; 0: of none.</summary>
    private int _demandOf;
    private ServerDemand? _demand;

    /// <summary>Under which number the resolver was asked; 0 when nothing is waited for from it.</summary>
    private uint _demanding;

    /// <summary>The last address was passed over because DANE does not prove it.</summary>
    private bool _isUnproved;

    /// <summary>What it must show is still to be asked.</summary>
    private bool MustBeProved => _gate.BackendTls is { Dane: not null } && _demandOf != _nextAddress + 1;

    private void AskDane()
    {
        Reactor.SetDeadline(this, DaneTimeout);
        if (_thread.Demands is { } demands)
            _demanding = demands.FindDemand(_gate, Route, _nextAddress, this);
        else
            Refuse(Unavailable.Unproved, Outcome.BackendUnproved, Problem(DaneInquiry.NoResolver));
    }

    void IDemandClient.Demanded(DemandAnswer answer)
    {
        _demanding = 0;
        _demand = DaneInquiry.Take(_gate, answer, out string reason);
        if (_demand is null)
        {
            Unproved(reason);
        }
        else
        {
            _demandOf = _nextAddress + 1;
            DialNext("");
        }

        Turn();
    }

    /// <summary>A resolver that does not answer for one address does not for the next.</summary>
    private void DaneDeadline()
    {
        GiveUpDane();
        Refuse(Unavailable.Unproved, Outcome.BackendUnproved, Problem("the resolver did not answer"));
    }

    private void Unproved(string reason)
    {
        _isUnproved = true;
        string problem = Problem(reason);
        _nextAddress++;
        DialNext(problem);
    }

    private string Problem(string reason) => $"{_address}: {DaneInquiry.Unproved}{reason}";

    private void GiveUpDane()
    {
        if (_demanding != 0)
            _thread.Demands!.GiveUp(_demanding);
        _demanding = 0;
    }

    private void ForgetDane()
    {
        _demandOf = 0;
        _demand = null;
        _isUnproved = false;
    }
}
