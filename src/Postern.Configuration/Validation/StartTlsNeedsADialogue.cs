using Postern.Configuration.Reading;
using Postern.Protocols;

namespace Postern.Configuration.Validation;

/// <summary>STARTTLS is a word of a protocol; tcp has no words.</summary>
internal sealed class StartTlsNeedsADialogue : GateRule
{
    protected override void Check(GateDraft gate, ProblemList problems)
    {
        if (gate.Protocol is { Value.HasStartTls: false } protocol && gate.Tls is { Value: TlsMode.StartTls } tls)
            problems.Error(tls.At, gate.Table.Name("tls"), $"{protocol.Value.Name} has no STARTTLS: write \"implicit\"");
    }
}
