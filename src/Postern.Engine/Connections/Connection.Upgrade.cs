using Postern.Engine.Upstream;
using Postern.Policy.Service;

namespace Postern.Engine.Connections;

/// <summary>TLS with the backend, where the operator wants it: verified before a word of the client goes there.</summary>
internal sealed partial class Connection
{
    /// <summary>Greeting, STARTTLS and handshake together: a mail server may look up its client's name before it greets.</summary>
    private const int UpgradeTimeout = 60_000;

    private Upgrade? _upgrade;
    private BackendSession? _server;
    private string? _serverTls;

    private void EnterUpgrade()
    {
        _phase = Phase.Upgrade;
        _stage = Stage.BackendTls;
        if (LeadsOut)
        {
            _upgrade = UpgradeServer();
            SetServiceDeadline(Times.Tls);
            return;
        }

        _upgrade = new Upgrade(_thread, _gate, Route, _addressee, _origin, _demand);
        Reactor.SetDeadline(this, UpgradeTimeout);
    }

    private bool AdvanceUpgrade()
    {
        if (LeftMeanwhile())
            return false;

        Upgrade upgrade = _upgrade!;
        switch (upgrade.Advance(ref _back))
        {
            case UpgradeProgress.Waiting:
                return false;

            case UpgradeProgress.Done:
                _server = upgrade.Session;
                _serverTls = _server!.Describe();
                _upgrade = null;
                EnterGreetings();
                return true;

            case UpgradeProgress.Failed when LeadsOut:
                ServerFailed(upgrade);
                return true;

            default:
                Refuse(upgrade.Why, upgrade.Outcome, $"{_address}: {upgrade.Reason}", upgrade.Reason);
                return true;
        }
    }

    private void UpgradeDeadline()
    {
        const string Late = "did not start TLS in time";
        if (LeadsOut)
            NextServer(ServiceRefusalKind.ConnectionFailed, Outcome.BackendUnreachable, Late);
        else
            _ = BackendFailed(Late);
    }

    private void EndUpgrade()
    {
        _upgrade?.Dispose();
        _upgrade = null;
        _server?.Dispose();
        _server = null;
    }
}
