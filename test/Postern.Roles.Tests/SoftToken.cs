using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Postern.Roles.Tests;

/// <summary>
/// A token of SoftHSM in a directory of its own, with keys that were made in it and never leave it, and certificates for
/// them by an authority of the test.
/// </summary>
internal sealed partial class SoftToken : IDisposable
{
    public const string Module = "/usr/lib/softhsm/libsofthsm2.so";
    public const string Label = "Postern test; 100%";
    public const string EncodedLabel = "Postern%20test%3B%20100%25";
    public const string Pin = "97531";

    public SoftToken()
    {
        Directory = System.IO.Directory.CreateTempSubdirectory("postern-token-").FullName;
        File.SetUnixFileMode(Directory, (UnixFileMode)0b111_101_101);
        _ = System.IO.Directory.CreateDirectory(At("tokens"));
        File.WriteAllText(Configuration, $"directories.tokendir = {At("tokens")}\nobjectstore.backend = file\nlog.level = ERROR\n");
        Run("softhsm2-util", "--init-token", "--free", "--label", Label, "--pin", Pin, "--so-pin", "24680");
        Run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", At("ca.key"), "-out", Authority, "-days", "30", "-subj", "/CN=Token authority", "-addext", "basicConstraints=critical,CA:TRUE");
        File.WriteAllText(At("names.ext"), "subjectAltName=DNS:localhost\n");
        File.WriteAllText(At("pin"), Pin + "\n");
        File.SetUnixFileMode(At("pin"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    public string Directory { get; }

    /// <summary>What SOFTHSM2_CONF must say.</summary>
    public string Configuration => At("softhsm2.conf");

    public string Authority => At("ca.pem");

    public string At(string name) => Path.Combine(Directory, name);

    /// <summary>The token's own directory and all in it, to this user: who signs must be able to lock its files.</summary>
    public void GiveTo(string user) => Run("chown", "-R", user, At("tokens"));

    /// <summary>A key pair made in the token, and NAME.pem, a certificate for it.</summary>
    /// <param name="name">Its label too.</param>
    /// <param name="type">As pkcs11-tool names it: "EC:prime256v1", "rsa:2048".</param>
    /// <param name="id">Two hexadecimal digits.</param>
    public void Make(string name, string type, string id)
    {
        string said = Tool("--keypairgen", "--key-type", type, "--label", name, "--id", id);
        if (Head(type) is { } head)
            File.WriteAllBytes(At(name + ".pub"), [.. Convert.FromHexString(head), .. Convert.FromHexString(Point().Match(said).Groups["point"].Value)]);
        else
            _ = Tool("--read-object", "--type", "pubkey", "--id", id, "--output-file", At(name + ".pub"));
        Run("openssl", "pkey", "-pubin", "-inform", "DER", "-in", At(name + ".pub"), "-out", At(name + ".pub.pem"));
        Run("openssl", "x509", "-new", "-force_pubkey", At(name + ".pub.pem"), "-subj", "/CN=" + name, "-CA", Authority, "-CAkey", At("ca.key"), "-days", "30", "-extfile", At("names.ext"), "-out", At(name + ".pem"));
    }

    public string Tool(params string[] arguments) =>
        Run("pkcs11-tool", ["--module", Module, "--token-label", Label, "--login", "--pin", Pin, .. arguments]);

    public void Dispose() => System.IO.Directory.Delete(Directory, recursive: true);

    private string Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["SOFTHSM2_CONF"] = Configuration;
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{program}: exit status {process.ExitCode}: {errors.Result}{output}");
    }

    /// <summary>SubjectPublicKeyInfo up to the point (RFC 5480, RFC 8410): pkcs11-tool of Debian 12 does not write all of them.</summary>
    private static string? Head(string type) => type switch
    {
        "EC:prime256v1" => "3059301306072a8648ce3d020106082a8648ce3d030107034200",
        "EC:secp384r1" => "3076301006072a8648ce3d020106052b81040022036200",
        "EC:secp521r1" => "30819b301006072a8648ce3d020106052b8104002303818600",
        "EC:edwards25519" => "302a300506032b6570032100",
        _ => null,
    };

    /// <summary>Behind the head of the OCTET STRING that a token wraps it in.</summary>
    [GeneratedRegex("EC_POINT: +04(81)?[0-9a-f]{2}(?<point>[0-9a-f]{64,})", RegexOptions.ExplicitCapture)]
    private static partial Regex Point();
}
