using System.CommandLine;
using Postern.Cli.Output;
using Postern.Cli.State;
using Postern.Policy.Dns;
using Postern.Policy.Memory;
using Postern.Store;

namespace Postern.Cli.Commands;

/// <summary><c>postern policy list</c>: since when each domain is known, its policy of MTA-STS, and the best that each of its hosts had.</summary>
internal static class PolicyListCommand
{
    public static Command Create(TextWriter output, TextWriter errors)
    {
        var domains = new Argument<string[]>("DOMAIN") { Description = "Only these, and what is below them [default: all]", Arity = ArgumentArity.ZeroOrMore };
        Option<string> state = StateDirectory.Option();
        Option<string> configuration = SharedOptions.Configuration("Find the directory in this configuration");
        Option<bool> json = SharedOptions.Json("Print one JSON object instead of text");
        var command = new Command("list", "Show since when each domain is known, its MTA-STS policy, and the best that its hosts had") { domains, state, configuration, json };
        command.Validators.Add(result =>
        {
            foreach (string domain in result.GetValue(domains) ?? [])
            {
                if (SharedOptions.DomainOf(domain) is null)
                    result.AddError($"{PeerText.Escape(domain)} is no domain that mail can go to.");
            }
        });
        command.SetAction(parsed => Run(
            StateDirectory.Of(parsed.GetValue(state), parsed.GetValue(configuration), errors), [.. (parsed.GetValue(domains) ?? []).Select(domain => SharedOptions.DomainOf(domain)!)], parsed.GetValue(json), output, errors));
        return command;
    }

    private static int Run(string? state, DnsName[] only, bool json, TextWriter output, TextWriter errors)
    {
        using StoreFile? file = state is null ? null : StateDirectory.Find(state, errors);
        if (file is null)
            return ExitStatus.Failed;

        List<DomainMemory> memories = [];
        StoreFault? fault = file.Domains.Each(memory =>
        {
            if (only.Length == 0 || only.Any(domain => memory.Domain == domain || memory.Domain.IsBelow(domain)))
                memories.Add(memory);
        });
        if (fault is not null)
        {
            StateDirectory.Say(fault, errors);
            return ExitStatus.Failed;
        }

        if (json)
        {
            MemoryReport.Write(memories, output);
            return ExitStatus.Good;
        }

        var paint = new Paint(output, Terminal.HasColour(output));
        foreach (DomainMemory memory in memories)
            MemoryText.Write(memory, DateTimeOffset.UtcNow, paint);
        if (memories.Count == 0)
            errors.WriteLine("postern: nothing is known of " + (only.Length == 0 ? "any domain" : string.Join(", ", (IEnumerable<DnsName>)only)));
        return ExitStatus.Good;
    }
}
