using System.Globalization;
using Postern.Cli.Output;
using Postern.Policy.Dns;
using Postern.Policy.Service;

namespace Postern.Cli.Explain;

/// <summary>What <c>postern explain --protocol xmpp-server</c> prints for people: look-ups, rules, a verdict for each server.</summary>
internal static class ServiceText
{
    private const string Margin = "  ";

    public static void Write(DnsName domain, ServiceFinding finding, Paint paint)
    {
        paint.Heading($"XMPP servers of {domain}");
        paint.Line();
        ExplainText.WriteLookUps(finding.Replies, paint);
        ExplainText.WriteRules(finding.Rules, paint);
        paint.Line();
        paint.Heading("Verdict");
        foreach (ServiceTarget target in finding.Targets)
            Write(target, paint);
        if (finding.Refusal is { } refusal)
            paint.Bad($"{Margin}no server is tried: {Words(refusal)}");
    }

    private static void Write(ServiceTarget target, Paint paint)
    {
        string addresses = target.Addresses.IsEmpty ? "" : $" [{string.Join(", ", target.Addresses)}]";
        string who = string.Create(CultureInfo.InvariantCulture, $"{Margin}{target.Host}:{target.Port}{addresses}, {(target.IsDirectTls ? "TLS at once" : "STARTTLS")}: ");
        if (target.Refusal is { } refusal)
        {
            paint.Bad($"{who}not tried: {Words(refusal)}");
            return;
        }

        string words = $"{who}{target.Demand}, by {PolicyWords.Of(target.Source)}";
        if (target.Demand.IsAuthenticated)
            paint.Good(words);
        else
            paint.Mark(words);
    }

    private static string Words(ServiceRefusal refusal) => PeerText.Escape($"{PolicyWords.Of(refusal.Kind)}: {refusal.Text}");
}
