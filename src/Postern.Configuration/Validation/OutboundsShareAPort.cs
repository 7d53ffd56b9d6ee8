using Postern.Configuration.Reading;
using Postern.Configuration.Settings;
using Postern.Protocols.Lookup;
using Postern.Protocols.Xmpp;

namespace Postern.Configuration.Validation;

/// <summary>The port is a part of the name of TLSA records, and one resolver, which asks for those, serves all outbounds.</summary>
internal sealed class OutboundsShareAPort : IRule
{
    public void Check(FileDraft file, ProblemList problems)
    {
        GateDraft[] outbounds = [.. file.Gates.Where(gate => gate.Protocol is not { Value: LookupProtocol or XmppProtocol } && gate.Outbound is { } outbound && (outbound.Port is not null || !gate.Table.Has("port")))];
        foreach (GateDraft outbound in outbounds.Where(each => PortOf(each) != PortOf(outbounds[0])))
        {
            problems.Error(
                outbound.Table.Place("port"), outbound.Table.Name("port"),
                $"is {PortOf(outbound)}, and that of {outbounds[0].Table.Path} is {PortOf(outbounds[0])}: all outbounds go to the same port");
        }
    }

    private static int PortOf(GateDraft outbound) => outbound.Outbound!.Port?.Value ?? OutboundSettings.SmtpPort;
}
