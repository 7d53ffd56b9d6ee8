using System.Runtime.InteropServices;
using Postern.Interop.Pkcs11;
using Xunit;

namespace Postern.Interop.Tests;

/// <summary>What a PKCS #11 module is handed and hands back, against p11-kit's header (libp11-kit-dev).</summary>
public sealed class Pkcs11LayoutTests
{
    private const string Include = """
        #define CRYPTOKI_GNU
        #include <stdio.h>
        #include <stddef.h>
        #include <p11-kit/pkcs11.h>
        #define SIZE(t) printf(#t " %zu\n", sizeof(t))
        #define AT(t, f) printf(#t "." #f " %zu\n", offsetof(t, f))
        #define IS(name) printf(#name " %lu\n", (unsigned long)name)

        """;

    [Fact]
    public void Structs_are_what_the_header_says()
    {
        Dictionary<string, int> real = LayoutTests.Compile(
            Include + """
            int main(void) {
              SIZE(struct ck_c_initialize_args); AT(struct ck_c_initialize_args, flags);
              SIZE(struct ck_token_info); AT(struct ck_token_info, model); AT(struct ck_token_info, serial_number);
              AT(struct ck_token_info, flags); AT(struct ck_token_info, hardware_version); AT(struct ck_token_info, utc_time);
              SIZE(struct ck_attribute); AT(struct ck_attribute, value); AT(struct ck_attribute, value_len);
              SIZE(struct ck_mechanism); AT(struct ck_mechanism, parameter); AT(struct ck_mechanism, parameter_len);
              SIZE(struct ck_rsa_pkcs_pss_params); AT(struct ck_rsa_pkcs_pss_params, mgf); AT(struct ck_rsa_pkcs_pss_params, s_len);
              return 0;
            }
            """,
            "-I/usr/include/p11-kit-1");

        Assert.Equal(real["struct ck_c_initialize_args"], Marshal.SizeOf<InitializeArguments>());
        Assert.Equal(real["struct ck_c_initialize_args.flags"], LayoutTests.Offset<InitializeArguments>(nameof(InitializeArguments.Flags)));
        Assert.Equal(real["struct ck_token_info"], Marshal.SizeOf<TokenInfo>());
        Assert.Equal(real["struct ck_token_info.model"], LayoutTests.Offset<TokenInfo>(nameof(TokenInfo.Model)));
        Assert.Equal(real["struct ck_token_info.serial_number"], LayoutTests.Offset<TokenInfo>(nameof(TokenInfo.Serial)));
        Assert.Equal(real["struct ck_token_info.flags"], LayoutTests.Offset<TokenInfo>(nameof(TokenInfo.Flags)));
        Assert.Equal(real["struct ck_token_info.hardware_version"], LayoutTests.Offset<TokenInfo>(nameof(TokenInfo.HardwareVersion)));
        Assert.Equal(real["struct ck_token_info.utc_time"], LayoutTests.Offset<TokenInfo>(nameof(TokenInfo.UtcTime)));
        Assert.Equal(real["struct ck_attribute"], Marshal.SizeOf<ObjectAttribute>());
        Assert.Equal(real["struct ck_attribute.value"], LayoutTests.Offset<ObjectAttribute>(nameof(ObjectAttribute.Value)));
        Assert.Equal(real["struct ck_attribute.value_len"], LayoutTests.Offset<ObjectAttribute>(nameof(ObjectAttribute.Length)));
        Assert.Equal(real["struct ck_mechanism"], Marshal.SizeOf<Mechanism>());
        Assert.Equal(real["struct ck_mechanism.parameter"], LayoutTests.Offset<Mechanism>(nameof(Mechanism.Parameter)));
        Assert.Equal(real["struct ck_mechanism.parameter_len"], LayoutTests.Offset<Mechanism>(nameof(Mechanism.ParameterLength)));
        Assert.Equal(real["struct ck_rsa_pkcs_pss_params"], Marshal.SizeOf<PssParameters>());
        Assert.Equal(real["struct ck_rsa_pkcs_pss_params.mgf"], LayoutTests.Offset<PssParameters>(nameof(PssParameters.MaskGeneration)));
        Assert.Equal(real["struct ck_rsa_pkcs_pss_params.s_len"], LayoutTests.Offset<PssParameters>(nameof(PssParameters.SaltLength)));
    }

    [Fact]
    public void Functions_stand_where_the_header_has_them()
    {
        (string Name, string Field)[] functions =
        [
            ("C_Initialize", nameof(FunctionList.Initialize)),
            ("C_Finalize", nameof(FunctionList.Finalize)),
            ("C_GetSlotList", nameof(FunctionList.GetSlotList)),
            ("C_GetTokenInfo", nameof(FunctionList.GetTokenInfo)),
            ("C_OpenSession", nameof(FunctionList.OpenSession)),
            ("C_CloseSession", nameof(FunctionList.CloseSession)),
            ("C_CloseAllSessions", nameof(FunctionList.CloseAllSessions)),
            ("C_Login", nameof(FunctionList.Login)),
            ("C_GetAttributeValue", nameof(FunctionList.GetAttributeValue)),
            ("C_FindObjectsInit", nameof(FunctionList.FindObjectsInit)),
            ("C_FindObjects", nameof(FunctionList.FindObjects)),
            ("C_FindObjectsFinal", nameof(FunctionList.FindObjectsFinal)),
            ("C_SignInit", nameof(FunctionList.SignInit)),
            ("C_Sign", nameof(FunctionList.Sign)),
        ];
        string prints = string.Concat(functions.Select(function => $"AT(struct ck_function_list, {function.Name});\n"));
        Dictionary<string, int> real = LayoutTests.Compile(
            Include + "int main(void) {\nSIZE(struct ck_function_list);\n" + prints + "return 0; }\n", "-I/usr/include/p11-kit-1");

        Assert.Equal(real["struct ck_function_list"], Marshal.SizeOf<FunctionList>());
        Assert.All(functions, function => Assert.Equal(real["struct ck_function_list." + function.Name], LayoutTests.Offset<FunctionList>(function.Field)));
    }

    /// <summary>By the names that operators see: a wrong name does not compile.</summary>
    [Fact]
    public void Results_have_the_names_and_numbers_of_the_header()
    {
        CryptokiResult[] results = Enum.GetValues<CryptokiResult>();
        Dictionary<string, int> real = LayoutTests.Compile(
            Include + "int main(void) {\n" + string.Concat(results.Select(result => $"IS({result.Name()});\n")) + "return 0; }\n", "-I/usr/include/p11-kit-1");
        Assert.All(results, result => Assert.Equal(real[result.Name()], (int)result));
        Assert.Equal("CKR 0x80000123", ((CryptokiResult)0x8000_0123).Name());
    }

    [Fact]
    public void Flags_are_those_of_the_header()
    {
        (string Name, TokenFlags Flag)[] flags =
        [
            ("CKF_LOGIN_REQUIRED", TokenFlags.LoginRequired), ("CKF_USER_PIN_INITIALIZED", TokenFlags.UserPinInitialized),
            ("CKF_PROTECTED_AUTHENTICATION_PATH", TokenFlags.ProtectedAuthenticationPath), ("CKF_TOKEN_INITIALIZED", TokenFlags.Initialized),
            ("CKF_USER_PIN_COUNT_LOW", TokenFlags.UserPinCountLow), ("CKF_USER_PIN_FINAL_TRY", TokenFlags.UserPinFinalTry),
            ("CKF_USER_PIN_LOCKED", TokenFlags.UserPinLocked),
        ];
        Dictionary<string, int> real = LayoutTests.Compile(
            Include + "int main(void) {\n" + string.Concat(flags.Select(flag => $"IS({flag.Name});\n")) + "return 0; }\n", "-I/usr/include/p11-kit-1");
        Assert.All(flags, flag => Assert.Equal(real[flag.Name], (int)flag.Flag));
    }
}
