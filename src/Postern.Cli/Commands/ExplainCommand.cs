using System.CommandLine;
using System.Net;
using Postern.Cli.Explain;
using Postern.Cli.Output;
using Postern.Policy.Dns;
using Postern.Policy.Survey;
using Postern.Resolver;

namespace Postern.Cli.Commands;

/// <summary><c>postern explain DOMAIN</c>: where mail for a domain goes, what each host has to show, and by which rules.</summary>
internal static class ExplainCommand
{
    private const int DnsPort = 53;

    public static Command Create(TextWriter output, TextWriter errors)
    {
        var domain = new Argument<string>("DOMAIN") { Description = "What stands behind the @ of the recipient: example.org" };
        var resolver = new Option<string>("--resolver")
        {
            HelpName = "ADDRESS[:PORT]",
            Description = "Ask this resolver, and validate what it says [default: ask the domains' own servers]",
        };
        var trustAd = new Option<bool>("--trust-ad")
        {
            Description = "Believe what the resolver says of DNSSEC; it must be one of this machine [default: 127.0.0.1]",
        };
        var anchor = new Option<string>("--anchor") { HelpName = "FILE", Description = "Trust the DS or DNSKEY records in this file in place of the root's" };
        Option<bool> json = SharedOptions.Json("Print one JSON object instead of text");
        var command = new Command("explain", "Say where mail for a domain goes, what each host has to show, and by which rules") { domain, resolver, trustAd, anchor, json };
        command.Validators.Add(result =>
        {
            string text = result.GetValue(domain) ?? "";
            if (SharedOptions.DomainOf(text) is null)
                result.AddError($"{PeerText.Escape(text)} is no domain that mail can go to.");
            if (result.GetValue(resolver) is { } address && EndPointOf(address) is null)
                result.AddError($"{PeerText.Escape(address)} is no ADDRESS[:PORT] of a resolver.");
            if (result.GetValue(trustAd) && result.GetValue(anchor) is not null)
                result.AddError("With --trust-ad nothing is validated here: --anchor says nothing.");
        });
        command.SetAction(parsed =>
        {
            IPEndPoint? asked = parsed.GetValue(resolver) is { } address ? EndPointOf(address) : null;
            return Run(SharedOptions.DomainOf(parsed.GetRequiredValue(domain))!, asked, parsed.GetValue(trustAd), parsed.GetValue(anchor), parsed.GetValue(json), output, errors);
        });
        return command;
    }

    private static int Run(DnsName domain, IPEndPoint? resolver, bool trustAd, string? anchor, bool json, TextWriter output, TextWriter errors)
    {
        using Sources? sources = trustAd
            ? Sources.OfThisMachine(resolver ?? new IPEndPoint(IPAddress.Loopback, DnsPort), out string wrong)
            : Sources.Validating(resolver, anchor, out wrong);
        if (sources is null)
        {
            errors.WriteLine("postern: " + PeerText.Escape(wrong));
            return ExitStatus.Failed;
        }

        // All that follows would be told as if nobody had DNSSEC.
        string? canary = sources.Dns.Canary();
        if (canary is not null)
            errors.WriteLine("postern: DNSSEC does not work here, and so there is no DANE: " + PeerText.Escape(canary));

        SurveyFinding finding = new Surveyor(sources.Dns, sources.Policies).Run(new SurveyCase { Domain = domain, Now = DateTimeOffset.UtcNow });
        if (json)
            ExplainReport.Write(domain, canary is null, finding, output);
        else
            ExplainText.Write(domain, finding, new Paint(output, Terminal.HasColour(output)));
        return finding.Refusal is null && canary is null ? ExitStatus.Good : ExitStatus.Failed;
    }

    private static IPEndPoint? EndPointOf(string text) =>
        IPEndPoint.TryParse(text, out IPEndPoint? parsed) ? new IPEndPoint(parsed.Address, parsed.Port == 0 ? DnsPort : parsed.Port) : null;
}
