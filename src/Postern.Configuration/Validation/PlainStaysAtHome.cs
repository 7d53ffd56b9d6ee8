using System.Net;
using Postern.Configuration.Reading;
using Postern.Configuration.Settings;
using Postern.Protocols;

namespace Postern.Configuration.Validation;

/// <summary>A gate without TLS listens on loopback or on a unix socket, unless the operator says otherwise in so many words.</summary>
internal sealed class PlainStaysAtHome : GateRule
{
    protected override void Check(GateDraft gate, ProblemList problems)
    {
        if (gate.Tls?.Value != TlsMode.Plain)
        {
            if (gate.AllowPlainRemote is { } idle && gate.Tls is not null)
                problems.Warning(idle.At, gate.Table.Name("allow-plain-remote"), "has no effect: it is for tls = \"plain\"");
            return;
        }

        // Written badly is not written: that it is false already was never said.
        if (gate.AllowPlainRemote?.Value == true || (gate.AllowPlainRemote is null && gate.Table.Has("allow-plain-remote")))
            return;

        foreach (Setting<EndpointAddress> listen in gate.Listen?.Items ?? [])
        {
            if (!listen.Value.IsLocal)
            {
                problems.Error(
                    listen.At, gate.Table.Name("listen"),
                    $"tls = \"plain\" on {listen.Value}, which is not loopback: everything would be readable on the network; listen on 127.0.0.1, or write allow-plain-remote = true if that is meant");
            }
        }
    }
}
