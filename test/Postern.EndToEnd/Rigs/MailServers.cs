using System.Text;
using Xunit;

namespace Postern.EndToEnd.Rigs;

/// <summary>One of the world's servers: a service of its Postfix, with an address of its own.</summary>
/// <param name="Address">Where it is.</param>
/// <param name="Chain">Its certificates, beside which lies the key; null: it does not offer STARTTLS.</param>
/// <param name="Names">Whom it shows <paramref name="Other"/> in place of that: SNI.</param>
/// <param name="Other">As <paramref name="Chain"/>.</param>
internal sealed record MailService(string Address, string? Chain, string[]? Names = null, string? Other = null);

/// <summary>A Postfix that receives, and throws away, whatever comes for <c>test</c>.</summary>
internal sealed class MailServers : IDisposable
{
    private readonly Workplace _place;

    /// <param name="place">Where its files go.</param>
    /// <param name="services">Its addresses.</param>
    public MailServers(Workplace place, params MailService[] services)
    {
        _place = place;
        _ = Directory.CreateDirectory(place.At("mx-queue"));
        _ = place.MakeDirectory("mx-data", "postfix");
        _ = place.Write("mx/main.cf", $"""
            {PostfixRig.Files(place, "mx-queue", "mx-data", place.At("mx-log"))}
            myhostname = mx.receiver.test
            mynetworks = 127.0.0.250/32
            relay_domains = test
            relay_transport = discard:
            smtpd_relay_restrictions = reject_unauth_destination
            smtpd_tls_security_level = may
            smtpd_tls_loglevel = 1

            """);
        var master = new StringBuilder(PostfixRig.Inside + "discard unix - - n - - discard\n");
        foreach (MailService service in services)
        {
            string tls = service.Chain is { } chain ? $"  -o smtpd_tls_chain_files={Path.ChangeExtension(chain, ".key")},{chain}\n" : "  -o smtpd_tls_security_level=none\n";
            if (service.Names is { } names)
                tls += $"  -o tls_server_sni_maps=hash:{Map(names, service.Other!)}\n";
            _ = master.Append($"{service.Address}:{MailWorld.SmtpPort} inet n - n - - smtpd\n{tls}");
        }

        _ = place.Write("mx/master.cf", master.ToString());
        ToolResult start = Tool.Run("postfix", "-c", place.At("mx"), "start");
        Assert.True(start.ExitCode == 0, start.Output);
        foreach (MailService service in services)
            Workplace.WaitForPort(MailWorld.SmtpPort, () => Log + start.Output, service.Address);
    }

    /// <summary>What it wrote.</summary>
    public string Log => File.Exists(_place.At("mx-log")) ? File.ReadAllText(_place.At("mx-log")) : "";

    /// <summary>Reads its certificates again.</summary>
    public void Reload() => Tool.Must("postfix", "-c", _place.At("mx"), "reload");

    public void Dispose() => _ = Tool.Run("postfix", "-c", _place.At("mx"), "stop");

    private string Map(string[] names, string chain)
    {
        string map = _place.Write("mx/sni", string.Concat(names.Select(name => $"{name} {Path.ChangeExtension(chain, ".key")}, {chain}\n")));
        Tool.Must("postmap", "-c", _place.At("mx"), "-F", "hash:" + map);
        return map;
    }
}
